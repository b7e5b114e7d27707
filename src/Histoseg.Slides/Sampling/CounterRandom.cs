namespace Histoseg.Slides.Sampling;

/// <summary>A stream of random numbers that is a pure function of its key: the n-th number is a hash of (key, n) (SplitMix64's finaliser).</summary>
/// <remarks>
/// Nothing but the key has to be saved to continue a run, and draws do not depend on which thread makes them. A copy of the struct repeats the draws of the
/// original. Not for cryptography.
/// </remarks>
internal struct CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state;

    /// <summary>The stream of a key of up to three parts, for instance (seed, iteration, index).</summary>
    public CounterRandom(ulong seed, ulong stream = 0, ulong index = 0) =>
        _state = Mix(Mix(Mix(seed + Golden) + stream * Golden + 1) + index * Golden + 2);

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits() => Mix(_state += Golden);

    /// <summary>Uniform in [0, 1), 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double Range(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>A uniform whole number in [0, <paramref name="count"/>).</summary>
    /// <param name="count">How many numbers there are, at least 1.</param>
    public int Below(int count) => (int)Math.BigMul(NextBits(), (ulong)count, out _);

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Normal with mean 0 and standard deviation 1 (Box and Muller; uses two draws).</summary>
    public double Normal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>A hash of 64 bits in which every input bit reaches every output bit.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
