namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>What was measured before, in a file of JSON lines. A file that cannot be read or written costs measurements, nothing else.</summary>
internal sealed class TuningFile(string path)
{
    // Programs of one process share files; those of others only replace them whole.
    private static readonly Lock Gate = new();
    private Dictionary<(TuningPlace, string), TuningEntry>? _known;

    /// <summary>The implementation remembered for a problem, or null.</summary>
    public string? Find(TuningPlace place, string problem) => (_known ??= Read()).TryGetValue((place, problem), out var entry) ? entry.Choice : null;

    /// <summary>Remembers, beside what others have written meanwhile.</summary>
    public void Remember(TuningEntry entry)
    {
        lock (Gate)
        {
            _known = Read();
            _known[(entry.Place, entry.Problem)] = entry;
            try
            {
                if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                    Directory.CreateDirectory(folder);
                WholeFile.Write(path, file =>
                {
                    using var text = new StreamWriter(file, leaveOpen: true);
                    foreach (var known in _known.Values)
                        text.Write($"{known}\n");
                });
            }
            catch (Exception e) when (e is EngineError or IOException or UnauthorizedAccessException)
            {
                // The choice holds for this run; the next one measures again.
            }
        }
    }

    private Dictionary<(TuningPlace, string), TuningEntry> Read()
    {
        var known = new Dictionary<(TuningPlace, string), TuningEntry>();
        try
        {
            foreach (var line in File.ReadLines(path))
                if (TuningEntry.Parse(line) is { } entry)
                    known[(entry.Place, entry.Problem)] = entry;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is none yet, or it is not ours to read.
        }
        return known;
    }
}
