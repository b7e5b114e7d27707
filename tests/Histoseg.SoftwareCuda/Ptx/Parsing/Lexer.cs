namespace Histoseg.SoftwareCuda.Ptx.Parsing;

/// <summary>Cuts PTX text into tokens; comments vanish.</summary>
internal static class Lexer
{
    public static Token[] Tokens(string text)
    {
        var tokens = new List<Token>();
        var line = 1;
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (c == '\n')
            {
                line++;
                at++;
            }
            else if (char.IsWhiteSpace(c) || c == '\0')
                at++;
            else if (c == '/' && at + 1 < text.Length && text[at + 1] == '/')
                at = EndOf(text, at, "\n", 0);
            else if (c == '/' && at + 1 < text.Length && text[at + 1] == '*')
            {
                var end = EndOf(text, at, "*/", 2);
                line += text.AsSpan(at, end - at).Count('\n');
                at = end;
            }
            else if (c == '"')
            {
                var end = text.IndexOf('"', at + 1);
                if (end < 0)
                    throw new PtxError(line, "a string is not closed");
                tokens.Add(new(text[at..(end + 1)], line));
                at = end + 1;
            }
            else if (IsWord(c))
            {
                var end = at;
                while (end < text.Length && (IsWord(text[end]) || IsScope(text, end)))
                    end += IsWord(text[end]) ? 1 : 2;
                tokens.Add(new(text[at..end], line));
                at = end;
            }
            else
            {
                tokens.Add(new(c.ToString(), line));
                at++;
            }
        }
        return [.. tokens];
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '%' or '.';

    /// <summary>The <c>::</c> within a modifier such as <c>.L1::no_allocate</c>.</summary>
    private static bool IsScope(string text, int at) => text[at] == ':' && at + 1 < text.Length && text[at + 1] == ':';

    private static int EndOf(string text, int from, string end, int extra)
    {
        var found = text.IndexOf(end, from, StringComparison.Ordinal);
        return found < 0 ? text.Length : found + extra;
    }
}
