using System.Buffers;

namespace Histoseg.Slides.Annotations;

/// <summary>Bare <c>NaN</c> and <c>Infinity</c> in JSON, which QuPath and Python write among measurements though JSON has no such numbers.</summary>
internal static class BareNumbers
{
    private static readonly SearchValues<byte> _starts = SearchValues.Create("\"NI-"u8);

    /// <summary>Puts an empty text in the place of each, so that it reads as JSON and is no number; places in the file stay the same.</summary>
    /// <param name="json">The text; left alone, a copy is made where there is something to replace.</param>
    public static ReadOnlyMemory<byte> Replaced(ArraySegment<byte> json)
    {
        byte[]? copy = null;
        ReadOnlySpan<byte> text = json;
        for (var at = 0; text[at..].IndexOfAny(_starts) is >= 0 and var skip;)
        {
            at += skip;
            if (text[at] == '"')
            {
                at = EndOfText(text, at + 1);
                continue;
            }
            var length = LengthAt(text[at..]);
            if (length > 0)
            {
                copy ??= json.ToArray();
                copy.AsSpan(at, length).Fill((byte)' ');
                copy[at] = copy[at + 1] = (byte)'"';
            }
            at += Math.Max(length, 1);
        }
        return copy ?? json.AsMemory();
    }

    // One past the closing quotation mark.
    private static int EndOfText(ReadOnlySpan<byte> text, int at)
    {
        while (text[at..].IndexOfAny((byte)'"', (byte)'\\') is >= 0 and var skip)
        {
            at += skip;
            if (text[at] == '"')
                return at + 1;
            at = Math.Min(at + 2, text.Length);
        }
        return text.Length;
    }

    private static int LengthAt(ReadOnlySpan<byte> text)
    {
        var length = text.StartsWith("NaN"u8) ? 3 : text.StartsWith("Infinity"u8) ? 8 : text.StartsWith("-Infinity"u8) ? 9 : 0;
        return length == text.Length || text[length] is (byte)',' or (byte)']' or (byte)'}' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' ? length : 0;
    }
}
