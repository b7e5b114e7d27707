using Histoseg.Training.Reports;

namespace Histoseg.Training.TensorBoard;

/// <summary>Writes a run's metrics for TensorBoard as they come: <c>events.out.tfevents.&lt;unix seconds&gt;.&lt;host&gt;</c>.</summary>
internal sealed class EventFile : IDisposable
{
    private readonly FileStream _file;
    private readonly IReadOnlyList<string> _classes;
    private readonly TimeProvider _clock;

    /// <summary>Begins a file of its own for this start of the run.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="classes">Class names, background included.</param>
    /// <param name="resumeFrom">Iteration of the checkpoint gone on from; 0: the run begins.</param>
    /// <param name="clock">Tells the time.</param>
    /// <exception cref="WriteError">The disk is full or failed.</exception>
    public EventFile(string folder, IReadOnlyList<string> classes, int resumeFrom, TimeProvider clock)
    {
        (_classes, _clock) = (classes, clock);
        var seconds = clock.GetUtcNow().ToUnixTimeSeconds();
        string path;
        while (File.Exists(path = Path.Combine(folder, FormattableString.Invariant($"events.out.tfevents.{seconds}.{Environment.MachineName}"))))
            seconds++;
        _file = Create(path);
        try
        {
            Append(EventMessage.Version(Now));
            if (resumeFrom > 0)
                Append(EventMessage.GoesOn(Now, resumeFrom + 1));
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    // Without a buffer: what is appended is there for who follows, and closing cannot fail again on a full disk.
    private static FileStream Create(string path)
    {
        try
        {
            return new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception error) when (WriteError.Is(error))
        {
            throw new WriteError(path, error);
        }
    }

    private double Now => _clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>Adds a line of <c>metrics.csv</c>.</summary>
    /// <exception cref="WriteError">The disk is full or failed.</exception>
    public void Append(MetricsRow row) => Append(EventMessage.Scalars(Now, row.Iteration,
    [
        ("loss/total", row.Loss), ("loss/cross_entropy", row.CrossEntropy), ("loss/location", row.LocationLoss), ("learning_rate", row.LearningRate),
        ("patches_per_second", row.PatchesPerSecond),
        .. (row.ValidationDice ?? []).Select((dice, label) => ($"validation/dice/{_classes[label]}", dice)),
    ]));

    private void Append(byte[] message) => WriteError.Guard(_file.Name, () => _file.Write(TfRecord.Frame(message)));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
