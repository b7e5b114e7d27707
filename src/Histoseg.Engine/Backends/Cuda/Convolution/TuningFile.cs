namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>What was measured before, in a file of JSON lines. A file that cannot be read or written costs measurements, nothing else.</summary>
internal sealed class TuningFile(string path)
{
    // Programs of one process share files; those of others only replace them whole.
    private static readonly Lock Gate = new();
    private Dictionary<(TuningPlace, string), TuningEntry>? _known;
    private readonly List<TuningEntry> _tried = [];

    /// <summary>The implementation remembered for a problem, or null.</summary>
    public string? Find(TuningPlace place, string problem) => (_known ??= Read()).TryGetValue((place, problem), out var entry) ? entry.Choice : null;

    /// <summary>Whether a program ended while it tried an implementation for a problem.</summary>
    public bool WasFatal(TuningPlace place, string problem, string name)
    {
        _known ??= Read();
        return _tried.FindLast(entry => entry.Place == place && entry.Problem == problem && entry.Choice == name)?.Microseconds == TuningEntry.Trying;
    }

    /// <summary>
    /// Notes that an implementation is <see cref="TuningEntry.Trying">about to be tried</see> or has <see cref="TuningEntry.Passed">been tried</see>, at once
    /// and behind what is there.
    /// </summary>
    public void Note(TuningEntry entry)
    {
        lock (Gate)
            Write(() =>
            {
                // What a killed program left of a line stays a line of its own.
                File.AppendAllText(path, $"\n{entry}\n");
            });
    }

    /// <summary>Remembers, beside what others have written meanwhile.</summary>
    public void Remember(TuningEntry entry)
    {
        lock (Gate)
        {
            _known = Read();
            _known[(entry.Place, entry.Problem)] = entry;
            // A choice settles what was tried for it.
            _tried.RemoveAll(tried => tried.Place == entry.Place && tried.Problem == entry.Problem);
            Write(() => WholeFile.Write(path, file =>
            {
                using var text = new StreamWriter(file, leaveOpen: true);
                foreach (var known in _known.Values.Concat(_tried))
                    text.Write($"{known}\n");
            }));
        }
    }

    private void Write(Action write)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            write();
        }
        catch (Exception e) when (e is EngineError or IOException or UnauthorizedAccessException)
        {
            // The choice holds for this run; the next one measures again.
        }
    }

    private Dictionary<(TuningPlace, string), TuningEntry> Read()
    {
        var known = new Dictionary<(TuningPlace, string), TuningEntry>();
        _tried.Clear();
        try
        {
            foreach (var line in File.ReadLines(path))
                if (TuningEntry.Parse(line) is { } entry)
                {
                    if (entry.Microseconds >= 0)
                        known[(entry.Place, entry.Problem)] = entry;
                    else
                        _tried.Add(entry);
                }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is none yet, or it is not ours to read.
        }
        return known;
    }
}
