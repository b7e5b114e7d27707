namespace Histoseg.SoftwareCuda;

/// <summary>Bytes that work reads or writes.</summary>
/// <param name="OnDevice">Whether the address is one of the device; otherwise of the host.</param>
/// <param name="Address">The first byte.</param>
/// <param name="Bytes">How many.</param>
/// <param name="Write">Whether they are written.</param>
internal readonly record struct Access(bool OnDevice, ulong Address, ulong Bytes, bool Write)
{
    public static Access Read(ulong address, ulong bytes) => new(true, address, bytes, false);

    public static Access Written(ulong address, ulong bytes) => new(true, address, bytes, true);

    public bool Overlaps(Access other) => OnDevice == other.OnDevice && Address < other.Address + other.Bytes && other.Address < Address + Bytes;
}

/// <summary>What a stream is asked to do; immutable, because a graph runs it many times.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Accesses">All bytes it touches, as far as known before it runs.</param>
/// <param name="Run">Does it.</param>
/// <param name="Nanoseconds">Simulated duration.</param>
internal sealed record Work(string Name, IReadOnlyList<Access> Accesses, Action<Execution> Run, double Nanoseconds);

/// <summary>Work in a stream's queue, and what is remembered of it afterwards.</summary>
/// <param name="id">Number among all operations, from 1.</param>
/// <param name="work">What to do; null for the recording of an event.</param>
/// <param name="stream">Where.</param>
/// <param name="before">What must have happened before, this operation included.</param>
internal sealed class Operation(int id, Work? work, StreamState stream, Timeline before)
{
    public int Id { get; } = id;

    public string Name { get; } = work?.Name ?? "recording of an event";

    /// <summary>Null once done.</summary>
    public Work? Work { get; private set; } = work;

    public StreamState Stream { get; } = stream;

    public Timeline Before { get; } = before;

    public long Number { get; } = before[stream.Index];

    /// <summary>What it touched, known when it has run.</summary>
    public IReadOnlyList<Access> Touched { get; set; } = work?.Accesses ?? [];

    public void Finish() => Work = null;
}
