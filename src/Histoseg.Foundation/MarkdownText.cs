using System.Text;

namespace Histoseg.Foundation;

/// <summary>Names and sentences of others in Markdown.</summary>
public static class MarkdownText
{
    /// <summary>Text that Markdown shows as it is, on one line: no emphasis, code, links or HTML come of it.</summary>
    /// <remarks>The bar between cells is <see cref="MarkdownTable"/>'s to escape.</remarks>
    public static string Plain(string text)
    {
        text = Visible.Text(text.ReplaceLineEndings(" "));
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            // Within a word an underscore is only itself.
            var special = text[i] == '_' ? !(IsLetter(i - 1) && IsLetter(i + 1)) : text[i] is '\\' or '`' or '*' or '[' or ']' or '<' or '>' or '&' or '~';
            if (special)
                plain.Append('\\');
            plain.Append(text[i]);
        }
        return plain.ToString();

        bool IsLetter(int at) => at >= 0 && at < text.Length && char.IsLetterOrDigit(text[at]);
    }
}
