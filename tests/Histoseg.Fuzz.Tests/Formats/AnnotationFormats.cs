using System.IO.Compression;
using System.Text;
using Histoseg.Fuzz.Tests.Mutation;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Tests.Annotations;

namespace Histoseg.Fuzz.Tests.Formats;

/// <summary>Annotations: read, and painted where they can be read.</summary>
internal static class AnnotationFormats
{
    private const int Side = 64;

    private static readonly ClassMap Map = Samples.Map(["background", "tumour"], [("tumour", "tumour"), ("Tumour", "tumour"), ("hole", "background")],
        ignored: ["None", "Stroma"]);

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        new("ASAP XML", "a.xml", random => Encoded(random, XmlTree.Mutate(random, Samples.Asap)), Read),
        new("ImageScope XML", "a.xml", random => Encoded(random, XmlTree.Mutate(random, Samples.ImageScope)), Read),
        new("GeoJSON", "a.geojson", random => Encoded(random, JsonTree.Mutate(random, Samples.GeoJson)), Read),
        new("packed annotation", "a.geojson.gz", Packed, Read),
    ];

    private static byte[] Encoded(Random random, string text)
    {
        var encoding = random.Next(10) switch
        {
            0 => Encoding.Unicode,
            1 => Encoding.BigEndianUnicode,
            2 => Encoding.UTF32,
            3 => Encoding.Latin1,
            _ => Encoding.UTF8,
        };
        byte[] bytes = [.. random.OneIn(2) ? encoding.GetPreamble() : [], .. encoding.GetBytes(text)];
        return random.OneIn(10) ? ByteEdits.Edit(random, bytes) : bytes;
    }

    private static byte[] Packed(Random random)
    {
        var (inner, packed) = (Encoded(random, JsonTree.Mutate(random, Samples.GeoJson)), new MemoryStream());
        if (random.OneIn(2))
        {
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                gzip.Write(inner);
        }
        else
        {
            using var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true);
            foreach (var name in random.Of<string[]>([["a.geojson"], ["a.geojson"], ["../a"], ["a", "b"], ["a", "__MACOSX/a"], ["x/"], []]))
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(inner);
            }
        }
        var bytes = packed.ToArray();
        return random.OneIn(2) ? bytes : ByteEdits.Edit(random, bytes);
    }

    private static void Read(string path)
    {
        var annotation = AnnotationFile.Load(path);
        Assert.All(annotation.Regions, region => Assert.True(region.Ring.Count >= 3));
        var labels = new byte[Side * Side];
        new PolygonLabels(annotation, Map, new(Side, Side)).Paint(-3, 5, Side, Side, 1.5, labels);
        Assert.All(labels, label => Assert.True(label is 0 or 1 or ClassMap.Ignore));
    }
}
