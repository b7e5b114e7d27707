namespace Histoseg.GpuCheck;

/// <summary>What the program returns.</summary>
internal static class ExitCode
{
    /// <summary>Everything that was run agrees.</summary>
    public const int Passed = 0;

    /// <summary>Something does not agree, or could not be run to its end.</summary>
    public const int Failed = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int BadUsage = 2;

    /// <summary>Nothing was run, because what it needs is not there: a GPU, the reference values.</summary>
    public const int Skipped = 77;
}
