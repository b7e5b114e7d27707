namespace Histoseg.Tests;

/// <summary>PyTorch's values, which <c>tests/reference/README.md</c> describes.</summary>
internal static class PyTorchValues
{
    /// <summary>One file for each operation and geometry.</summary>
    public static string Operations { get; } = Path.Combine(Repository.Root, "tests", "reference", "ops");

    /// <summary>The slim network's weights and training steps.</summary>
    public static string Network { get; } = Path.Combine(Repository.Root, "tests", "reference", "network");
}
