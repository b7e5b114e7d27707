namespace Histoseg.Fuzz.Tests.Mutation;

/// <summary>Edits of bytes that know nothing of what they mean.</summary>
internal static class ByteEdits
{
    /// <summary>One edit: a byte, a bit, a run left out, doubled or moved, or the end cut off.</summary>
    public static byte[] Edit(Random random, byte[] bytes)
    {
        if (bytes.Length == 0)
            return [(byte)random.Next(256)];
        var at = random.Next(bytes.Length);
        var count = Math.Min(1 + random.Next(40), bytes.Length - at);
        switch (random.Next(7))
        {
            case 0:
                return [.. bytes[..at], (byte)random.Edge(), .. bytes[(at + 1)..]];
            case 1:
                return [.. bytes[..at], (byte)(bytes[at] ^ (1 << random.Next(8))), .. bytes[(at + 1)..]];
            case 2:
                return [.. bytes[..at], .. bytes[(at + count)..]];
            case 3:
                return [.. bytes[..at], .. bytes[at..(at + count)], .. bytes[at..]];
            case 4:
                return bytes[..at];
            case 5:
                var noise = new byte[count];
                random.NextBytes(noise);
                return [.. bytes[..at], .. noise, .. bytes[(at + count)..]];
            default:
                var to = random.Next(bytes.Length - count + 1);
                byte[] rest = [.. bytes[..at], .. bytes[(at + count)..]];
                return [.. rest[..to], .. bytes[at..(at + count)], .. rest[to..]];
        }
    }
}
