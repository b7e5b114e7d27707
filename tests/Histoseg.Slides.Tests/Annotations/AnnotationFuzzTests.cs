using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Histoseg.Slides.Tests.Annotations;

/// <summary>Whatever the bytes, the parsers answer with an annotation or a <see cref="SlideError"/>.</summary>
public class AnnotationFuzzTests
{
    private static readonly string[] _valid = [Samples.Asap, Samples.GeoJson, Samples.ImageScope];

    // Pieces that reach deeper than single bytes do.
    private static readonly string[] _pieces =
        ["\"", "<", ">", "/>", "{", "}", "[", "]", ",", "null", "NaN", "-1e308", "1e999", "\0", "&#x0;", "&lt;", "<!DOCTYPE a>",
            "<!DOCTYPE a [<!ENTITY b \"&b;\">]>", "&b;", "Infinity", "-Infinity,", "<![CDATA[", "\\ud800",
            "\uFFFF", "<Annotation>", "</Region>", "[[[]]]", "é"];

    [Property(MaxTest = 300)]
    public void Random_bytes(byte[] bytes) => Check(bytes);

    [Property(MaxTest = 300)]
    public void Random_bytes_behind_a_plausible_start(byte[] bytes, byte kind) =>
        Check([.. Encoding.UTF8.GetBytes(kind % 2 == 0 ? "<ASAP_Annotations><Annotation>" : "{\"type\":"), .. bytes]);

    [Property(MaxTest = 1000)]
    public Property Mutated_files() =>
        Prop.ForAll(Mutation(), content =>
        {
            Check(content);
            return true;
        });

    [Property(MaxTest = 300)]
    public Property Mutated_files_in_other_encodings() =>
        Prop.ForAll(Mutation(), content =>
        {
            foreach (var encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32 })
                Check(encoding.GetBytes(Encoding.UTF8.GetString(content)));
            return true;
        });

    [Property(MaxTest = 300)]
    public void Random_bytes_behind_the_start_of_a_packed_file(byte[] bytes, byte kind) =>
        Check([.. kind % 2 == 0 ? "PK\x03\x04"u8 : [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], .. bytes]);

    private static Arbitrary<byte[]> Mutation()
    {
        var edit = Gen.Choose(0, 1 << 20).SelectMany(place => Gen.Choose(0, 3), (place, kind) => (place, kind))
            .SelectMany(_ => Gen.Choose(0, 1 << 20), (a, extra) => (a.place, a.kind, extra));
        var edits = edit.ListOf().Resize(6);
        return Gen.Elements(_valid).SelectMany(_ => edits, (text, list) => list.Aggregate(Encoding.UTF8.GetBytes(text), Apply)).ToArbitrary();
    }

    private static byte[] Apply(byte[] content, (int Place, int Kind, int Extra) edit)
    {
        if (content.Length == 0)
            return content;
        var at = edit.Place % content.Length;
        var length = Math.Min(edit.Extra % 40, content.Length - at);
        return edit.Kind switch
        {
            0 => [.. content[..at], (byte)edit.Extra, .. content[(at + 1)..]],
            1 => [.. content[..at], .. content[(at + length)..]],
            2 => [.. content[..at], .. Encoding.UTF8.GetBytes(_pieces[edit.Extra % _pieces.Length]), .. content[at..]],
            _ => content[..at],
        };
    }

    private static void Check(byte[] content)
    {
        try
        {
            Assert.All(Samples.Parse(content).Regions, r => Assert.True(r.Ring.Count >= 3));
        }
        catch (SlideError error)
        {
            Assert.DoesNotContain('\n', error.Message);
            Assert.DoesNotContain("XmlReader", error.Message);
        }
    }
}
