using System.Runtime.InteropServices;
using Histoseg.Cli.Terminal;

namespace Histoseg.Cli;

/// <summary>
/// The signals that ask a program to end: Ctrl-C, the termination signal, the loss of the terminal, and the one that batch systems send before a
/// time limit. The first asks the work to stop where it can be taken up again; Ctrl-C after that ends the program at once.
/// </summary>
/// <remarks>
/// Others after the first change nothing: a closing terminal and a batch system send several, and the checkpoint is being written. A signal that was
/// ignored when the program started, as under <c>nohup</c>, stays ignored.
/// </remarks>
internal sealed class Interruption : IDisposable
{
    private const int SigUsr1 = 10; // Linux's number; .NET has no name for it

    private readonly CancellationTokenSource _source = new();
    private readonly TextWriter _error;
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _exitCode;

    /// <summary>Listens from now on.</summary>
    public Interruption(TextWriter error)
    {
        _error = new LastingWriter(error);
        Listen(PosixSignal.SIGINT, ExitCode.Stopped);
        Listen(PosixSignal.SIGTERM, ExitCode.Terminated);
        Listen(PosixSignal.SIGHUP, ExitCode.HungUp);
        if (OperatingSystem.IsLinux())
            Listen((PosixSignal)SigUsr1, ExitCode.AskedByBatchSystem);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code of a program that ended with another: a stopped one tells by which signal.</summary>
    public int ExitCodeOf(int code) => code == ExitCode.Stopped && _exitCode != 0 ? _exitCode : code;

    /// <inheritdoc/>
    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _source.Dispose();
    }

    private void Listen(PosixSignal signal, int exitCode) => _signals.Add(PosixSignalRegistration.Create(signal, context =>
    {
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) != 0)
        {
            // Not handled here, Ctrl-C makes the system end the program.
            context.Cancel = signal != PosixSignal.SIGINT;
            return;
        }
        context.Cancel = true;
        _error.WriteLine("engine: stopping at the next safe point; Ctrl-C (once more) ends it at once");
        _source.Cancel();
    }));
}
