namespace Histoseg.Foundation;

/// <summary>The checksum of zip and PNG (polynomial 0xEDB88320). .NET's zip reader does not look whether what comes out of a zip is what went in.</summary>
public sealed class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];
    private uint _state = uint.MaxValue;

    /// <summary>The checksum of what was added so far.</summary>
    public uint Value => ~_state;

    /// <summary>The checksum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = new Crc32();
        crc.Add(bytes);
        return crc.Value;
    }

    /// <summary>Goes on with more bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        var state = _state;
        foreach (var one in bytes)
            state = Table[(byte)(state ^ one)] ^ (state >> 8);
        _state = state;
    }

    private static uint Entry(int index)
    {
        var value = (uint)index;
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ 0xEDB88320;
        return value;
    }
}
