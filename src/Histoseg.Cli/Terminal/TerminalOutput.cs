using System.Text;
using Spectre.Console;

namespace Histoseg.Cli.Terminal;

/// <summary>The terminal that progress is drawn on. It may go away while the work goes on: then nothing more is drawn.</summary>
internal sealed class TerminalOutput(TextWriter terminal) : IAnsiConsoleOutput
{
    private readonly AnsiConsoleOutput _terminal = new(terminal);

    /// <inheritdoc/>
    public TextWriter Writer { get; } = new LastingWriter(terminal);

    /// <inheritdoc/>
    public bool IsTerminal => _terminal.IsTerminal;

    /// <inheritdoc/>
    public int Width => _terminal.Width;

    /// <inheritdoc/>
    public int Height => _terminal.Height;

    /// <inheritdoc/>
    public void SetEncoding(Encoding encoding) => _terminal.SetEncoding(encoding);
}
