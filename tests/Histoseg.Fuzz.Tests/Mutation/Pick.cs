namespace Histoseg.Fuzz.Tests.Mutation;

/// <summary>Choices of a fuzzer.</summary>
internal static class Pick
{
    private static readonly long[] Edges =
        [0, 1, 2, 3, 7, 8, 15, 16, 127, 128, 255, 256, 4095, 32767, 32768, 65535, 65536, 1 << 24, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 32,
            long.MaxValue, -1];

    /// <summary>One of several.</summary>
    public static T Of<T>(this Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>True once in so many times.</summary>
    public static bool OneIn(this Random random, int times) => random.Next(times) == 0;

    /// <summary>How many edits a mutant gets: mostly one, so that it comes far; none now and then.</summary>
    public static int Edits(this Random random) => random.Next(12) switch { 0 => 0, < 8 => 1, < 11 => 2, _ => 5 };

    /// <summary>A number where readers go wrong.</summary>
    public static long Edge(this Random random) => random.Of(Edges);

    /// <summary>A number near another, or at an edge.</summary>
    public static long Near(this Random random, long value) => random.Next(6) switch
    {
        0 => unchecked(value + 1),
        1 => unchecked(value - 1),
        2 => unchecked(value * 2),
        3 => value / 2,
        _ => random.Edge(),
    };
}
