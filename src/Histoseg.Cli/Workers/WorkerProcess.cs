using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Workers;

/// <summary>A worker as its supervisor sees it.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly BlockingCollection<WorkerMessage> _messages = [];

    /// <summary>Starts one.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="earlier">What workers before it did; null: it is the first.</param>
    /// <param name="line">Takes the lines it writes for the user.</param>
    public WorkerProcess(IReadOnlyList<string> command, EarlierPart? earlier, Action<string> line)
    {
        var ascii = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        _process = new()
        {
            StartInfo = new(command[0], command.Skip(1))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = ascii,
                StandardOutputEncoding = ascii,
                StandardErrorEncoding = Console.OutputEncoding,
            },
        };
        _process.ErrorDataReceived += (_, text) =>
        {
            if (text.Data is { } said)
                line(said);
        };
        _process.OutputDataReceived += (_, text) =>
        {
            if (text.Data is null)
                _messages.CompleteAdding();
            else if (WorkerMessage.FromLine<WorkerMessage>(text.Data) is { } message)
                _messages.Add(message);
        };
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        Say(earlier is null ? "" : WorkerMessage.ToLine(earlier));
    }

    /// <summary>The next thing it tells; null: it is over, or nothing came in time.</summary>
    public WorkerMessage? Next(TimeSpan patience) => _messages.TryTake(out var message, patience) ? message : null;

    /// <summary>Whether it has told all and is over.</summary>
    public bool IsOver => _messages.IsCompleted;

    /// <summary>Asks it to stop where the work can be taken up again.</summary>
    public void Stop() => Say("stop");

    /// <summary>Ends it at once.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code; 128 and the signal that ended it, on Linux.</returns>
    public int Wait()
    {
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
        _messages.Dispose();
    }

    private void Say(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            // It is over; its end is told elsewhere.
        }
    }
}
