using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;

namespace Histoseg.Slides.Annotations;

/// <summary>Tells what is wrong with a file that is no JSON or XML, in words for who made it.</summary>
internal static class BrokenText
{
    private const int LongestExcerpt = 24;

    /// <summary>The error of a file that is not JSON.</summary>
    public static SlideError Json(string path, ReadOnlySpan<byte> text, JsonException error)
    {
        var at = Math.Min(StartOfLine(text, error.LineNumber ?? 0) + (error.BytePositionInLine ?? 0), text.Length);
        var before = text[..(int)at].TrimEnd(" \t\r\n"u8);
        var after = text[(int)at..].TrimStart(" \t\r\n"u8);
        var what = after.IsEmpty ? "the file ends in the middle; copy or export it again"
            : before is [.., (byte)','] && after[0] is (byte)']' or (byte)'}' ? $"a comma before the closing {(char)after[0]}; take it out"
            : $"not JSON from '{Excerpt(after)}' on; correct it there, or export it again";
        return new SlideError($"{path}: line {Number((error.LineNumber ?? 0) + 1)}: not readable as JSON: {what}", error);
    }

    /// <summary>The error of a file that is not XML.</summary>
    public static SlideError Xml(string path, ReadOnlySpan<byte> text, XmlException error)
    {
        if (error.Message.Contains(nameof(XmlReaderSettings.MaxCharactersFromEntities), StringComparison.Ordinal))
            return new SlideError($"{path}: the entities of its DOCTYPE stand for more text than any annotation needs; save it without a DOCTYPE", error);
        var at = StartOfLine(text, Math.Max(error.LineNumber, 1) - 1);
        var signs = error.LineNumber < 1 ? 0 : Math.Max(error.LinePosition - 1, 0);
        // Positions count UTF-16 units of the line.
        while (signs > 0 && at < text.Length && text[(int)at] != '\n' && Rune.DecodeFromUtf8(text[(int)at..], out var rune, out var length) is var _)
            (at, signs) = (at + length, signs - rune.Utf16SequenceLength);
        var after = text[(int)Math.Min(at, text.Length)..].TrimStart(" \t\r\n"u8);
        var what = after.IsEmpty ? "the file ends in the middle; copy or export it again"
            : $"not XML at '{Excerpt(after)}'; correct it there, or export it again";
        return new SlideError($"{path}: line {Number(Math.Max(error.LineNumber, 1))}: not readable as XML: {what}", error);
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long StartOfLine(ReadOnlySpan<byte> text, long line)
    {
        var start = 0;
        for (; line > 0 && text[start..].IndexOf((byte)'\n') is >= 0 and var end; line--)
            start += end + 1;
        return start;
    }

    private static string Excerpt(ReadOnlySpan<byte> text)
    {
        var excerpt = new StringBuilder();
        while (!text.IsEmpty && excerpt.Length < LongestExcerpt)
        {
            Rune.DecodeFromUtf8(text, out var rune, out var length);
            if (rune.Value is '\r' or '\n')
                break;
            excerpt.Append(Rune.IsControl(rune) ? "\uFFFD" : rune.ToString());
            text = text[length..];
        }
        return excerpt.ToString();
    }
}
