using System.Buffers.Binary;
using System.Text;

namespace Histoseg.Training.TensorBoard;

/// <summary>TensorBoard's messages in protobuf: as many of <c>event.proto</c>'s fields as scalars need.</summary>
internal static class EventMessage
{
    // Field numbers with their wire types: 0 variable length, 1 eight bytes, 2 counted bytes, 5 four bytes.
    private const byte WallTime = 1 << 3 | 1, Step = 2 << 3, FileVersion = 3 << 3 | 2, Summary = 5 << 3 | 2, SessionLog = 7 << 3 | 2;
    private const byte SummaryValue = 1 << 3 | 2, Tag = 1 << 3 | 2, SimpleValue = 2 << 3 | 5, SessionStatus = 1 << 3;
    private const byte SessionStart = 1;

    /// <summary>What every file begins with.</summary>
    /// <param name="seconds">Wall time, seconds since 1970.</param>
    public static byte[] Version(double seconds) => Event(seconds, 0, FileVersion, "brain.Event:2"u8);

    /// <summary>Says that a run goes on: what earlier files have from this step on is void.</summary>
    /// <param name="seconds">Wall time, seconds since 1970.</param>
    /// <param name="step">The first step that is made anew.</param>
    public static byte[] GoesOn(double seconds, long step) => Event(seconds, step, SessionLog, [SessionStatus, SessionStart]);

    /// <summary>Numbers at a step.</summary>
    /// <param name="seconds">Wall time, seconds since 1970.</param>
    /// <param name="step">The step.</param>
    /// <param name="scalars">Names, with <c>/</c> between group and name, and numbers.</param>
    public static byte[] Scalars(double seconds, long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        var summary = new List<byte>();
        Span<byte> number = stackalloc byte[4];
        foreach (var (tag, value) in scalars)
        {
            var one = new List<byte>();
            Add(one, Tag, Encoding.UTF8.GetBytes(tag));
            one.Add(SimpleValue);
            BinaryPrimitives.WriteSingleLittleEndian(number, (float)value);
            one.AddRange(number);
            Add(summary, SummaryValue, [.. one]);
        }
        return Event(seconds, step, Summary, [.. summary]);
    }

    private static byte[] Event(double seconds, long step, byte field, ReadOnlySpan<byte> content)
    {
        var message = new List<byte> { WallTime };
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(number, seconds);
        message.AddRange(number);
        message.Add(Step);
        AddNumber(message, (ulong)step);
        Add(message, field, content);
        return [.. message];
    }

    private static void Add(List<byte> message, byte field, ReadOnlySpan<byte> content)
    {
        message.Add(field);
        AddNumber(message, (ulong)content.Length);
        message.AddRange(content);
    }

    // Seven bits a byte, the lowest first; the top bit says that more come.
    private static void AddNumber(List<byte> message, ulong number)
    {
        for (; number >= 0x80; number >>= 7)
            message.Add((byte)(number | 0x80));
        message.Add((byte)number);
    }
}
