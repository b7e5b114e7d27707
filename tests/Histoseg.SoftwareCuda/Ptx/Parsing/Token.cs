namespace Histoseg.SoftwareCuda.Ptx.Parsing;

/// <summary>A word, number, string or sign of PTX text and the line it stands on.</summary>
internal readonly record struct Token(string Text, int Line)
{
    public bool Is(string text) => Text == text;

    public bool IsDirective => Text.Length > 1 && Text[0] == '.';
}
