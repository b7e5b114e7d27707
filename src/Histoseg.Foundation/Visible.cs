using System.Globalization;
using System.Text;

namespace Histoseg.Foundation;

/// <summary>
/// Text for a terminal: names of files, groups and slides are whatever others wrote, and a control character in one can colour, overwrite or
/// reorder what a reader sees.
/// </summary>
public static class Visible
{
    /// <summary>
    /// The text with control characters and marks of writing direction written out, as <c>\x1b</c> or <c>\u202e</c>; ends of lines and tabs stay.
    /// </summary>
    public static string Text(string text) => Shown(text, oneLine: false);

    /// <summary>The same on one line: ends of lines are written out too, as <c>\n</c>.</summary>
    public static string Line(string text) => Shown(text, oneLine: true);

    private static string Shown(string text, bool oneLine)
    {
        if (!text.Any(letter => IsHidden(letter) || oneLine && letter == '\n'))
            return text;
        var shown = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (oneLine && letter == '\n')
                shown.Append("\\n");
            else if (!IsHidden(letter) || !oneLine && letter == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                shown.Append(letter);
            else
                shown.Append(CultureInfo.InvariantCulture, $"{(letter < 256 ? $"\\x{(int)letter:x2}" : $"\\u{(int)letter:x4}")}");
        }
        return shown.ToString();
    }

    // Beside control characters those that turn the direction of what follows, and Unicode's own ends of lines.
    private static bool IsHidden(char letter) => char.IsControl(letter) ? letter is not ('\n' or '\t')
        : letter is '\u061c' or '\u200e' or '\u200f' or >= '\u2028' and <= '\u202e' or >= '\u2066' and <= '\u2069';
}
