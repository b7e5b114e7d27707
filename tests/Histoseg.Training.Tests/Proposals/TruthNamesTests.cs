using Histoseg.Training.Proposals;

namespace Histoseg.Training.Tests.Proposals;

public class TruthNamesTests
{
    [Theory]
    [InlineData("a.svs", "a.xml", true)]
    [InlineData("a.svs", "a.svs.geojson", true)]
    [InlineData("a.svs", "A.GEOJSON", true)]
    [InlineData("a.svs", "a.geojson.gz", true)]
    [InlineData("a.svs", "a_mask.png", true)]
    [InlineData("a.svs", "a.mask.png", true)]
    [InlineData("a.svs", "labels-a.tif", true)]
    [InlineData("a.svs", "a_annotations_qupath.json", true)]
    [InlineData("image_7.jpg", "mask_7.png", true)]
    [InlineData("image_7.jpg", "mask_70.png", false)]
    [InlineData("testA_1.jpg", "testA_10.png", false)]
    [InlineData("a.svs", "a_2.png", false)]
    [InlineData("a.svs", "mask.png", false)]
    [InlineData("slide.tif", "slide_anno.tif", true)]
    public void Names_tell_whose_a_truth_is(string slide, string truth, bool belongs) =>
        Assert.Equal(belongs ? slide : null, TruthNames.Pair([slide], [truth]).Single().Slide);

    [Fact]
    public void The_whole_name_wins_and_the_nearest_folder()
    {
        Assert.Equal("a_mask.tif", TruthNames.Pair(["a.tif", "a_mask.tif"], ["a_mask.xml"]).Single().Slide);
        string[] slides = [Path.Join("d", "train", "images", "a.png"), Path.Join("d", "test", "images", "a.png")];
        Assert.Equal(slides[0], TruthNames.Pair(slides, [Path.Join("d", "train", "masks", "a.png")]).Single().Slide);
        Assert.Null(TruthNames.Pair(slides, [Path.Join("d", "masks", "a.png")]).Single().Slide);
    }

    [Theory]
    [InlineData("a.xml", "Xml")]
    [InlineData("a.geojson", "Json")]
    [InlineData("a.json.gz", "Json")]
    [InlineData("a.xml.zip", "Xml")]
    [InlineData("a.zip", "Json")]
    [InlineData("a.TIFF", "Mask")]
    [InlineData("a.csv", null)]
    [InlineData("a.svs", null)]
    public void Extensions_tell_the_kind(string file, string? kind) => Assert.Equal(kind, TruthNames.KindOf(file)?.ToString());

    [Theory]
    [InlineData("mask_gland", true, "gland")]
    [InlineData("masks", true, "")]
    [InlineData("gland-labels", true, "gland")]
    [InlineData("images", false, "images")]
    public void Folders_say_that_they_hold_masks_and_of_what(string folder, bool says, string subject) =>
        Assert.Equal((says, subject), (TruthNames.SaysMask(folder), TruthNames.Subject(folder)));

    [Theory]
    [InlineData("TCGA-CR-7395-01A-01-TS1.svs", "TCGA-CR-7395")]
    [InlineData("tcga-cr-7395-01a.svs", "TCGA-CR-7395")]
    [InlineData("patient_004_node_1.tif", "patient_004")]
    [InlineData("case12-b.tif", "case12")]
    [InlineData("tumor_001.tif", null)]
    public void Names_tell_patients(string slide, string? patient) => Assert.Equal(patient, PatientNames.Of(slide));
}
