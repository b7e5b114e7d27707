using System.IO.Compression;
using System.Text;
using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Tests.Annotations;

/// <summary>Files as other programs pack, encode and head them.</summary>
public class AnnotationEncodingTests
{
    private const string Feature =
        """{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,1],[3,1],[3,3],[1,1]]]},"properties":{"classification":{"name":"Größe"}}}""";

    private const string Asap =
        """
        <ASAP_Annotations><Annotation Name="n" PartOfGroup="Größe">
        <Coordinate X="1" Y="1"/><Coordinate X="3" Y="1"/><Coordinate X="3" Y="3"/></Annotation></ASAP_Annotations>
        """;

    private static byte[] Gzip(byte[] content)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return packed.ToArray();
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] files)
    {
        var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create))
            foreach (var (name, content) in files)
                using (var entry = zip.CreateEntry(name).Open())
                    entry.Write(content);
        return packed.ToArray();
    }

    private static string Message(byte[] content) => Assert.Throws<SlideError>(() => Samples.Parse(content)).Message;

    private static string Message(string text) => Message(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Gzip_and_zip_are_unpacked()
    {
        var json = Encoding.UTF8.GetBytes(Feature);
        Assert.Equal(["Größe"], Samples.Parse(Gzip(json)).Groups);
        Assert.Equal(["Größe"], Samples.Parse(Zip(("a.geojson", json))).Groups);
        Assert.Equal(["Größe"], Samples.Parse(Zip(("a/", []), ("a/a.xml", Encoding.UTF8.GetBytes(Asap)), ("__MACOSX/a/._a.xml", [1]))).Groups);
    }

    [Fact]
    public void What_cannot_be_unpacked_is_told()
    {
        var json = Encoding.UTF8.GetBytes(Feature);
        Assert.Contains("the zip holds 2 files", Message(Zip(("a.geojson", json), ("b.geojson", json))));
        Assert.Contains("the zip holds 0 files", Message(Zip()));
        Assert.Contains("the file is empty", Message(Gzip([])));
        const string broken = "slide.anno: the file is packed and cannot be unpacked: it is damaged or cut short; copy it again, or unpack it yourself";
        // What is left of it is unpacked.
        Assert.Contains("the file ends in the middle", Message(Gzip(json)[..40]));
        Assert.Equal(broken, Message([.. Gzip(json)[..40], .. new byte[100]]));
        Assert.Equal(broken, Message(Zip(("a", json))[..60]));
        // One sign of what is packed: the archive's own checksum tells.
        var damaged = new MemoryStream();
        using (var zip = new ZipArchive(damaged, ZipArchiveMode.Create))
        using (var entry = zip.CreateEntry("a", CompressionLevel.NoCompression).Open())
            entry.Write(json);
        var bytes = damaged.ToArray();
        bytes[bytes.AsSpan().IndexOf("[3,3]"u8) + 1] = (byte)'4';
        Assert.Equal(broken, Message(bytes));
    }

    [Fact]
    public void What_unpacks_to_too_much_is_an_error_before_it_takes_memory()
    {
        var bomb = Gzip(new byte[40 << 20]);
        Assert.True(bomb.Length < 1 << 20);
        foreach (var packed in new[] { bomb, Zip(("a", new byte[40 << 20])) })
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var error = Assert.Throws<SlideError>(() => PackedAnnotation.Unpack("b.gz", packed, largest: 32 << 20));
            Assert.Equal("b.gz: the packed file unpacks to more than 32 MiB; is it an annotation?", error.Message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        }
        Assert.Equal(40 << 20, PackedAnnotation.Unpack("b.gz", bomb, largest: 40 << 20).Length);
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", true)]
    [InlineData("utf-32", false)]
    [InlineData("utf-8", true)]
    [InlineData("utf-8", false)]
    public void Unicode_of_every_width_is_read_with_and_without_a_byte_order_mark(string name, bool mark)
    {
        var encoding = Encoding.GetEncoding(name);
        string[] heads = [$"<?xml version=\"1.0\" encoding=\"{name}\"?>", "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n", ""];
        foreach (var text in heads.Select(head => head + Asap).Append(Feature))
            Assert.Equal(["Größe"], Samples.Parse([.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(text)]).Groups);
    }

    [Theory]
    [InlineData("windows-1252")]
    [InlineData("ISO-8859-1")]
    [InlineData("ibm850")]
    [InlineData("macintosh")]
    public void Xml_is_read_in_the_encoding_that_it_names(string name)
    {
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        Assert.Equal(["Größe"], Samples.Parse(encoding.GetBytes($"<?xml version='1.0' encoding='{name}'?>\n{Asap}")).Groups);
    }

    [Fact]
    public void Text_in_another_encoding_than_it_says_is_told()
    {
        Assert.Equal("slide.anno: line 2: the text is not UTF-8; save it as UTF-8, or name its encoding in the first line",
            Message(Encoding.Latin1.GetBytes($"<?xml version='1.0'?>\n{Asap}")));
        Assert.Equal("slide.anno: line 1: the text is not UTF-8; save it as UTF-8", Message(Encoding.Latin1.GetBytes(Feature)));
        Assert.Equal("slide.anno: line 1: the file says that its encoding is 'klingon', which is not known; save it as UTF-8",
            Message($"<?xml version='1.0' encoding='klingon'?>{Asap}"));
        Assert.Equal("slide.anno: the text is not utf-16, which it begins as; save it as UTF-8",
            Message([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Feature), 0x20]));
    }

    [Fact]
    public void A_document_type_may_be_there_and_its_own_entities_are_read()
    {
        Assert.Equal(["Größe"], Samples.Parse($"<?xml version=\"1.0\"?>\n<!DOCTYPE ASAP_Annotations>\n{Asap}").Groups);
        Assert.Equal(["Größe"], Samples.Parse($"<!DOCTYPE a SYSTEM \"http://nowhere.invalid/a.dtd\">{Asap}").Groups);
        Assert.Equal(["aha"], Samples.Parse($"<!DOCTYPE a [<!ENTITY x \"aha\">]>{Asap.Replace("Größe", "&x;")}").Groups);
    }

    [Theory]
    [InlineData("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><ASAP_Annotations>&x;</ASAP_Annotations>", "line 1: the DOCTYPE takes in other files")]
    [InlineData("<!DOCTYPE a [\n<!ENTITY % x PUBLIC \"x\" \"http://nowhere.invalid/\">]><ASAP_Annotations/>", "the DOCTYPE takes in other files")]
    [InlineData("<!DOCTYPE a SYSTEM \"a.dtd\"><ASAP_Annotations><Annotation PartOfGroup=\"&x;\"/></ASAP_Annotations>",
        "line 1: not readable as XML: not XML at")]
    public void Other_files_are_not_read_for_a_document_type(string text, string expected) => Assert.Contains(expected, Message(text));

    [Fact]
    public void A_billion_laughs_are_an_error()
    {
        var entities = string.Concat(Enumerable.Range(1, 9).Select(i => $"<!ENTITY l{i} \"{string.Concat(Enumerable.Repeat($"&l{i - 1};", 10))}\">"));
        foreach (var use in new[] { "<Annotations>&l9;</Annotations>", "<Annotation PartOfGroup=\"&l9;\"/>" })
            Assert.Equal("slide.anno: the entities of its DOCTYPE stand for more text than any annotation needs; save it without a DOCTYPE",
                Message($"<!DOCTYPE a [<!ENTITY l0 \"laughs\">{entities}]><ASAP_Annotations>{use}</ASAP_Annotations>"));
    }

    [Fact]
    public void Numbers_that_are_none_may_stand_anywhere_but_in_coordinates()
    {
        var feature = Feature.Replace("\"classification\"",
            "\"measurements\":{\"a\\\"NaN\\\\\":NaN,\"b\":[ NaN , Infinity,-Infinity ],\"c\":\"NaN, Infinity\"},\"name\":NaN,\"classification\"");
        Assert.Equal(["Größe"], Samples.Parse(feature).Groups);
        Assert.Equal("feature 1", Samples.Parse(feature).Regions[0].Name);
        foreach (var number in new[] { "NaN", "Infinity", "-Infinity" })
            Assert.Equal("slide.anno: feature 1: a point is not two numbers", Message(Feature.Replace("[3,1]", $"[{number},1]")));
        Assert.Contains("not JSON from 'NaNs}' on", Message("{\"type\":NaNs}"));
    }

    [Theory]
    [InlineData("[\n1,]", "line 2: not readable as JSON: a comma before the closing ]; take it out")]
    [InlineData("{\"a\":1,\n \"b\":2,\n}", "line 3: not readable as JSON: a comma before the closing }; take it out")]
    [InlineData("{\"a\":\n[1,2", "line 2: not readable as JSON: the file ends in the middle; copy or export it again")]
    [InlineData("{\"a\":\n\"b", "line 2: not readable as JSON: the file ends in the middle; copy or export it again")]
    [InlineData("{\"a\"\n 5}", "line 2: not readable as JSON: not JSON from '5}' on; correct it there, or export it again")]
    [InlineData("[1] x", "line 1: not readable as JSON: not JSON from 'x' on; correct it there, or export it again")]
    [InlineData("<ASAP_Annotations>\n<b></a>", "line 2: not readable as XML: not XML at ")]
    [InlineData("<ASAP_Annotations>\n<Annotation", "line 2: not readable as XML: the file ends in the middle; copy or export it again")]
    [InlineData("<ASAP_Annotations>\n<b>&c;</b></ASAP_Annotations>",
        "line 2: not readable as XML: not XML at 'c;</b></ASAP_Annotations'; correct it there, or export it again")]
    public void Broken_text_is_told_in_words_for_who_made_it(string text, string expected)
    {
        var message = Message(text);
        Assert.StartsWith($"slide.anno: {expected}", message);
        foreach (var jargon in new[] { "reader", "Reader", "invalid start", "token", "Dtd", "BytePosition", "Path:", "System." })
            Assert.DoesNotContain(jargon, message);
    }

    [Fact]
    public void Asap_points_come_in_the_order_they_are_given()
    {
        static string Text(params string[] points) =>
            $"<ASAP_Annotations><Annotation PartOfGroup=\"a\">{string.Concat(points.Select(p => $"<Coordinate {p}/>"))}</Annotation></ASAP_Annotations>";
        SlidePoint[] square = [new(1, 1), new(5, 1), new(5, 5), new(1, 5)];
        var shuffled = Text("Order='0' X='1' Y='1'", "Order='2' X='5' Y='5'", "Order='10' X='1' Y='5'", "Order='1' X='5' Y='1'");
        Assert.Equal(square, Samples.Parse(shuffled).Regions[0].Ring);
        Assert.Equal(square, Samples.Parse(Text("X='1' Y='1'", "X='5' Y='1'", "Order='0' X='5' Y='5'", "X='1' Y='5'")).Regions[0].Ring);
        Assert.Contains("line 1: Order=\"first\" is not a number", Message(Text("Order='first' X='1' Y='1'")));
    }

    private static string Halo(string type, string points, string more = "") =>
        $"<Annotations><Annotation Name=\"Tumor\" Visible=\"True\"><Regions><Region Type=\"{type}\" HasEndcaps=\"0\" NegativeROA=\"0\"><Vertices>{points}"
            + $"</Vertices><Comments /></Region>{more}</Regions></Annotation></Annotations>";

    private const string Triangle = "<V X=\"10\" Y=\"10\"/><V X=\"30\" Y=\"10\"/><V X=\"30\" Y=\"30\"/>";

    [Fact]
    public void Halo_names_its_types()
    {
        const string corners = "<V X=\"10\" Y=\"10\"/><V X=\"30\" Y=\"20\"/>";
        Assert.Equal(3, Samples.Parse(Halo("Polygon", Triangle)).Regions.Single().Ring.Count);
        Assert.Equal([new(10, 10), new(30, 10), new(30, 20), new(10, 20)], Samples.Parse(Halo("Rectangle", corners)).Regions.Single().Ring);
        var ellipse = Samples.Parse(Halo("Ellipse", corners)).Regions.Single();
        Assert.Equal((10.0, 30.0), (Math.Round(ellipse.Bounds.Left, 9), Math.Round(ellipse.Bounds.Right, 9)));
        Assert.True(ellipse.Ring.Count >= 16);
        Assert.Equal(["slide.anno: 1 points, lines or other marks without an area are left out"], Samples.Parse(Halo("Ruler", corners)).Warnings);
        Assert.Equal("slide.anno: line 1: 'region number 1 of its layer' has the unknown Type \"Lasso\" and may be an area; "
            + "known are Polygon, Rectangle and Ellipse (0, 1, 2)", Message(Halo("Lasso", Triangle)));
    }

    [Fact]
    public void A_negative_region_of_halo_is_cut_from_all_of_its_layer()
    {
        const string more = $"<Region Type=\"Polygon\" NegativeROA=\"0\"><Vertices>{Triangle}</Vertices></Region>"
            + "<Region Type=\"Rectangle\" NegativeROA=\"1\"><Vertices><V X=\"20\" Y=\"12\"/><V X=\"22\" Y=\"14\"/></Vertices></Region>";
        Assert.All(Samples.Parse(Halo("Polygon", Triangle, more)).Regions, region => Assert.Single(region.Holes));
    }

    private static string Layer(string name, params string[] regions) =>
        $"<Annotations><Annotation Id=\"7\" Name=\"{name}\"><Attributes><Attribute Name=\"Description\" Id=\"0\" Value=\"\"/></Attributes><Regions>"
            + string.Concat(regions.Select((region, i) => $"<Region Id=\"{i}\" Type=\"0\" {region}<Vertices>{Triangle}</Vertices></Region>"))
            + "</Regions></Annotation></Annotations>";

    [Fact]
    public void In_a_layer_without_a_name_a_region_says_what_it_is()
    {
        const string attribute = "Text=\"\"><Attributes><Attribute Name=\"Class\" Value=\"Fat\"/></Attributes>";
        var annotation = Samples.Parse(Layer("", "Text=\"Tumor\">", "Text=\"Stroma\">", attribute, ">"));
        Assert.Equal(["Tumor", "Stroma", "Fat", "7"], annotation.Regions.Select(region => region.Group));
        Assert.Empty(annotation.Warnings);
    }

    [Fact]
    public void In_a_layer_with_a_name_texts_that_look_like_classes_are_told()
    {
        var annotation = Samples.Parse(Layer("Layer 1", "Text=\"Tumor\">", "Text=\"Stroma\">", "Text=\"Tumor\">"));
        Assert.Equal(["Layer 1"], annotation.Groups);
        Assert.Equal(["slide.anno: layer 'Layer 1' is one group, whatever its regions say ('Tumor', 'Stroma'); "
            + "where their texts are the classes, give the layer no name"], annotation.Warnings);
        Assert.Empty(Samples.Parse(Layer("Tumor", "Text=\"nest 1\">", "Text=\"nest 2\">")).Warnings);
    }

    [Fact]
    public void A_thousand_slivers_are_told_in_some_lines()
    {
        var annotation = Samples.Parse("<ASAP_Annotations>" + string.Concat(Enumerable.Repeat("<Annotation/>", 1000)) + "</ASAP_Annotations>");
        Assert.Equal(21, annotation.Warnings.Count);
        Assert.Equal("slide.anno: 980 more like these", annotation.Warnings[^1]);
    }
}
