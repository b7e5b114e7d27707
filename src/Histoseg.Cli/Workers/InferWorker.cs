using System.Diagnostics;
using Histoseg.Cli.Terminal;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Workers;

/// <summary>The side of <c>engine infer</c> that segments, as a process of its own which may crash: it is led by a <see cref="Supervisor"/>.</summary>
internal sealed class InferWorker : IDisposable
{
    // A supervisor that is gone cannot end a worker that hangs.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly Session _session;
    private readonly CancellationTokenSource _stop;

    /// <summary>Reads from standard input what a worker before this one did, and listens there for the word to stop.</summary>
    public InferWorker(Session session, TextReader input)
    {
        _session = session;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(session.Cancel);
        Earlier = WorkerMessage.FromLine<EarlierPart>(input.ReadLine() ?? "");
        new Thread(() => Listen(input)) { IsBackground = true, Name = "supervisor" }.Start();
    }

    /// <summary>What workers before this one did; null: it is the first.</summary>
    public EarlierPart? Earlier { get; }

    /// <summary>Cancelled when the supervisor says so, or is gone.</summary>
    public CancellationToken Cancel => _stop.Token;

    /// <summary>Tells the supervisor something.</summary>
    public void Tell(WorkerMessage message) => _session.Out.WriteLine(WorkerMessage.ToLine(message));

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private void Listen(TextReader input)
    {
        var asked = input.ReadLine() is not null;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return; // it is done
        }
        if (asked && input.ReadLine() is not null)
            return;
        Thread.Sleep(Grace);
        Process.GetCurrentProcess().Kill();
    }
}
