using System.Text;

namespace Histoseg.Cli.Terminal;

/// <summary>Writes on with <see cref="Visible"/> text only: everything a verb says goes through here, so no name it mentions can steer the terminal.</summary>
/// <param name="inner">Where it goes.</param>
internal sealed class VisibleWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    /// <summary>Where it goes.</summary>
    public TextWriter Inner { get; } = inner;

    /// <inheritdoc/>
    public override Encoding Encoding => Inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Inner.Write(Visible.Text(value.ToString()));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Inner.Write(Visible.Text(new string(buffer, index, count)));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Inner.Write(Visible.Text(new string(buffer)));

    /// <inheritdoc/>
    public override void Write(string? value) => Inner.Write(Visible.Text(value ?? ""));

    /// <inheritdoc/>
    public override void WriteLine() => Inner.WriteLine();

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Inner.WriteLine(Visible.Text(value ?? ""));

    /// <inheritdoc/>
    public override void Flush() => Inner.Flush();
}
