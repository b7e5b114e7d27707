using System.Diagnostics;
using Histoseg.Cuda;

namespace Histoseg.GpuCheck;

/// <summary>How long one run takes on the GPU.</summary>
/// <param name="Median">Milliseconds.</param>
/// <param name="Least">The fastest sample.</param>
/// <param name="Most">The slowest sample.</param>
/// <param name="Samples">How many samples there were.</param>
internal readonly record struct Timing(double Median, double Least, double Most, int Samples)
{
    /// <summary>The fields of a result.</summary>
    public (string Key, object? Value)[] Fields => [("ms", Median), ("ms_least", Least), ("ms_most", Most), ("samples", Samples)];
}

/// <summary>Times what runs on the GPU: a host clock around runs that are sent one behind another and waited for together.</summary>
/// <remarks>A sample holds as many runs as fill <see cref="SampleMilliseconds"/>, so that the one wait at its end does not show.</remarks>
internal static class GpuClock
{
    private const int WarmUps = 5, FewestSamples = 5, MostSamples = 60, MostRunsPerSample = 200;
    private const double SampleMilliseconds = 50;

    /// <summary>Measures.</summary>
    /// <param name="driver">The driver, whose context is current.</param>
    /// <param name="run">Sends one run; does not wait.</param>
    /// <param name="seconds">About how long to go on.</param>
    public static Timing Measure(ICudaDriver driver, Action run, double seconds)
    {
        for (var i = 0; i < WarmUps; i++)
            run();
        var estimate = Sample(driver, run, 1);
        var runs = (int)Math.Clamp(Math.Ceiling(SampleMilliseconds / estimate), 1, MostRunsPerSample);
        var samples = new List<double>();
        var clock = Stopwatch.StartNew();
        while (samples.Count < FewestSamples || samples.Count < MostSamples && clock.Elapsed.TotalSeconds < seconds)
            samples.Add(Sample(driver, run, runs));
        samples.Sort();
        return new Timing(samples[samples.Count / 2], samples[0], samples[^1], samples.Count);
    }

    private static double Sample(ICudaDriver driver, Action run, int runs)
    {
        driver.CtxSynchronize().Check("cuCtxSynchronize");
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < runs; i++)
            run();
        driver.CtxSynchronize().Check("cuCtxSynchronize");
        return clock.Elapsed.TotalMilliseconds / runs;
    }
}
