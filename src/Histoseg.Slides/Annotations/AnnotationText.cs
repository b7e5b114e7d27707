using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Histoseg.Slides.Annotations;

/// <summary>
/// Annotation files as text: UTF-8, UTF-16 and UTF-32 with a byte order mark or without, and in XML any encoding that its first line names and .NET knows.
/// </summary>
internal static partial class AnnotationText
{
    // More than this of another encoding may not fit into one array as UTF-8.
    private const int LargestConverted = 1 << 29;

    /// <summary>The text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">What messages call the file.</param>
    /// <param name="bytes">The text in its own encoding.</param>
    /// <exception cref="SlideError">The encoding is not known, or the bytes are no text in it.</exception>
    public static ArraySegment<byte> ToUtf8(string path, byte[] bytes)
    {
        var (encoding, mark) = Detect(path, bytes);
        if (encoding is null)
        {
            var text = new ArraySegment<byte>(bytes, mark, bytes.Length - mark);
            return Utf8.IsValid(text) ? text
                : throw new SlideError($"{path}: line {LineOfInvalid(text)}: the text is not UTF-8; save it as UTF-8"
                    + (LooksLikeXml(text) ? ", or name its encoding in the first line" : ""));
        }
        if (bytes.Length > LargestConverted)
            throw new SlideError($"{path}: {bytes.Length >> 20} MiB of text in {encoding.WebName} are too much to convert; save it as UTF-8");
        try
        {
            return Encoding.Convert(encoding, Encoding.UTF8, bytes, mark, bytes.Length - mark);
        }
        catch (DecoderFallbackException e)
        {
            throw new SlideError($"{path}: the text is not {encoding.WebName}, which it "
                + $"{(mark > 0 ? "begins as" : "claims to be")}; save it as UTF-8", e);
        }
    }

    // Null stands for UTF-8; the number is the length of the byte order mark.
    private static (Encoding? Encoding, int Mark) Detect(string path, byte[] bytes) => bytes switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (null, 3),
        [0xFF, 0xFE, 0, 0, ..] => (new UTF32Encoding(bigEndian: false, true, true), 4),
        [0, 0, 0xFE, 0xFF, ..] => (new UTF32Encoding(bigEndian: true, true, true), 4),
        [0xFF, 0xFE, ..] => (new UnicodeEncoding(bigEndian: false, true, true), 2),
        [0xFE, 0xFF, ..] => (new UnicodeEncoding(bigEndian: true, true, true), 2),
        // XML and JSON begin with a sign of ASCII, so zeros beside it tell how wide a sign is.
        [not 0, 0, 0, 0, ..] => (new UTF32Encoding(bigEndian: false, false, true), 0),
        [0, 0, 0, not 0, ..] => (new UTF32Encoding(bigEndian: true, false, true), 0),
        [not 0, 0, ..] => (new UnicodeEncoding(bigEndian: false, false, true), 0),
        [0, not 0, ..] => (new UnicodeEncoding(bigEndian: true, false, true), 0),
        _ => (Declared(path, bytes), 0),
    };

    private static Encoding? Declared(string path, ReadOnlySpan<byte> bytes)
    {
        var match = Declaration().Match(Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 256)]));
        if (!match.Success)
            return null;
        var name = match.Groups[1].Value;
        // Programs write "utf-16" into what they save as UTF-8; were it UTF-16, this line would not have been found.
        if (name.StartsWith("utf", StringComparison.OrdinalIgnoreCase) || name.StartsWith("iso-10646", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("ucs", StringComparison.OrdinalIgnoreCase) || name.Equals("unicode", StringComparison.OrdinalIgnoreCase))
            return null;
        try
        {
            var found = CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                ?? Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            return found.CodePage == Encoding.ASCII.CodePage && Utf8.IsValid(bytes) ? null : found;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new SlideError($"{path}: line 1: the file says that its encoding is '{name}', which is not known; save it as UTF-8", e);
        }
    }

    private static bool LooksLikeXml(ReadOnlySpan<byte> text) => text.TrimStart(" \t\r\n"u8) is [(byte)'<', ..];

    private static int LineOfInvalid(ReadOnlySpan<byte> text)
    {
        var line = 1;
        while (Rune.DecodeFromUtf8(text, out var rune, out var length) == OperationStatus.Done)
        {
            if (rune.Value == '\n')
                line++;
            text = text[length..];
        }
        return line;
    }

    [GeneratedRegex("""^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._:-]*)["']""")]
    private static partial Regex Declaration();
}
