using System.Text;
using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Tests.Annotations;

public class AnnotationFileTests
{
    [Fact]
    public void Asap_polygons_rectangles_and_splines_are_regions_and_the_rest_is_told()
    {
        var annotation = Samples.Parse(Samples.Asap);
        Assert.Equal(["tumour", "hole", "None"], annotation.Regions.Select(r => r.Group));
        Assert.Equal(new SlidePoint(30.5, 10), annotation.Regions[0].Ring[1]);
        Assert.Equal((10, 10, 30.5, 30), annotation.Regions[0].Bounds);
        Assert.Equal(2, annotation.Warnings.Count);
        Assert.Contains(annotation.Warnings, w => w.Contains("'sliver'") && w.Contains("fewer than three"));
        Assert.Contains(annotation.Warnings, w => w.Contains("1 points"));
    }

    [Fact]
    public void GeoJson_classifications_of_all_ages_holes_and_multipolygons()
    {
        var annotation = Samples.Parse(Samples.GeoJson);
        Assert.Equal(["Tumour", "Stroma", "Stroma", "Tumour: Positive", "unclassified"], annotation.Regions.Select(r => r.Group));
        Assert.Single(annotation.Regions[0].Holes);
        Assert.Equal(4, annotation.Regions[0].Ring.Count);
        Assert.Equal(3, annotation.Regions[1].Ring.Count);
        Assert.Single(annotation.Warnings);
    }

    [Fact]
    public void GeoJson_may_be_a_bare_array_or_one_feature_and_start_with_a_byte_order_mark()
    {
        const string feature = """
            {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,1],[3,1],[3,3],[1,1]]]},"properties":{"classification":{"name":"A"}}}
            """;
        Assert.Equal("A", Samples.Parse("\uFEFF" + feature).Regions.Single().Group);
        Assert.Equal(2, Samples.Parse($" [{feature},{feature}]").Regions.Count);
    }

    [Fact]
    public void ImageScope_layers_shapes_and_negative_regions()
    {
        var annotation = Samples.Parse(Samples.ImageScope);
        Assert.Equal(["Tumour", "Tumour", "Stroma", "3"], annotation.Regions.Select(r => r.Group));
        // The negative region names its parent, so the island within it stays whole.
        Assert.Single(annotation.Regions[0].Holes);
        Assert.Empty(annotation.Regions[1].Holes);
        Assert.Equal((14, 14, 16, 16), annotation.Regions[1].Bounds);
        var ellipse = annotation.Regions[2].Bounds;
        Assert.Equal(40, ellipse.Left, 0.1);
        Assert.Equal(60, ellipse.Right, 0.1);
        Assert.Equal(20, ellipse.Bottom, 0.1);
        Assert.Single(annotation.Warnings);
    }

    [Fact]
    public void ImageScope_negative_region_without_a_parent_is_cut_from_the_whole_layer()
    {
        var annotation = Samples.Parse(Samples.ImageScope.Replace("InputRegionId=\"1\"", "InputRegionId=\"0\""));
        Assert.Single(annotation.Regions[0].Holes);
        Assert.Single(annotation.Regions[1].Holes);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("P6 5 5", "neither XML nor GeoJSON")]
    [InlineData("<html/>", "root element is <html>")]
    [InlineData("<ASAP_Annotations>\n<Annotations>", "line 2: not readable as XML")]
    [InlineData("<ASAP_Annotations>\n\n<Annotation Type=\"Star\"/></ASAP_Annotations>", "line 3: annotation 'number 1' has the unknown Type \"Star\"")]
    [InlineData("<ASAP_Annotations><Annotation>\n<Coordinate X=\"1,5\" Y=\"2\"/></Annotation></ASAP_Annotations>", "line 2: X=\"1,5\" is not a number")]
    [InlineData("<ASAP_Annotations><Annotation>\n<Coordinate X=\"1\"/></Annotation></ASAP_Annotations>", "line 2: <Coordinate> has no Y")]
    [InlineData("<ASAP_Annotations><Annotation>\n<Coordinate X=\"NaN\" Y=\"2\"/></Annotation></ASAP_Annotations>",
        "line 2: the coordinate (NaN, 2) is no place on a slide")]
    [InlineData("<Annotations><Annotation><Regions><Region><Vertices>\n<Vertex X=\"1e300\" Y=\"2\"/></Vertices></Region></Regions></Annotation></Annotations>",
        "line 2: the coordinate (1E+300, 2)")]
    [InlineData("{\"type\":\"Feature\",\n\"geometry\":nope}", "line 2: not readable as JSON")]
    [InlineData("{\"type\":\"Topology\"}", "neither FeatureCollection nor Feature")]
    [InlineData("{\"type\":\"FeatureCollection\"}", "no array \"features\"")]
    [InlineData("[3]", "feature 1: \"type\" is not Feature")]
    [InlineData("{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[1,\"a\"]]]}}", "feature 1: a point is not two numbers")]
    [InlineData("{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[1,1e999]]]}}", "feature 1: the coordinate")]
    [InlineData("{\"type\":\"Feature\",\"geometry\":{\"type\":\"Circle\"}}", "unknown geometry type \"Circle\"")]
    [InlineData("{\"type\":\"\\ud800\"}", "not valid Unicode")]
    public void Broken_files_are_told_with_their_place(string text, string expected)
    {
        var error = Assert.Throws<SlideError>(() => Samples.Parse(text));
        Assert.StartsWith("slide.anno: ", error.Message);
        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Every_format_of_the_table_is_reached_by_a_file_of_its_kind_and_by_no_other()
    {
        var samples = new Dictionary<string, string>
        {
            ["ASAP XML"] = Samples.Asap,
            ["ImageScope or HALO XML"] = Samples.ImageScope,
            ["QuPath GeoJSON"] = Samples.GeoJson,
        };
        Assert.Equal(AnnotationFile.Formats.Select(format => format.Name), samples.Keys);
        Assert.All(samples, sample =>
        {
            var content = new AnnotationContent("slide.anno", Encoding.UTF8.GetBytes(sample.Value));
            Assert.Equal([sample.Key], AnnotationFile.Formats.Where(format => format.Recognises(content)).Select(format => format.Name));
            Assert.NotEmpty(Samples.Parse(sample.Value).Regions);
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("P6 5 5")]
    [InlineData("<html/>")]
    public void An_unknown_file_is_told_what_annotations_are_read_from(string text)
    {
        var message = Assert.Throws<SlideError>(() => Samples.Parse(text)).Message;
        Assert.All(AnnotationFile.Formats, format => Assert.Contains(format.Name, message));
        Assert.EndsWith("annotations are read from ASAP XML, ImageScope or HALO XML and QuPath GeoJSON", message);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_told()
    {
        using var folder = new TempFolder();
        Assert.Contains("does not exist", Assert.Throws<SlideError>(() => AnnotationFile.Load(folder["no.xml"])).Message);
        Assert.Contains("cannot be read", Assert.Throws<SlideError>(() => AnnotationFile.Load(folder.Root)).Message);
    }

    [SkippableFact]
    public void Real_ImageScope_file_has_its_nuclei()
    {
        var annotation = AnnotationFile.Load(SharedData.Require("imagescope/TCGA-AC-A2FO-01A-01-TS1.xml"));
        Assert.InRange(annotation.Regions.Count, 200, 2000);
        Assert.Equal(["1"], annotation.Groups);
        AnnotationCheck.RequireInside(annotation, 1000, 1000);
    }
}
