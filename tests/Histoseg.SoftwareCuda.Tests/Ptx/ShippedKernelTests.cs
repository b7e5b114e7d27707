using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>The interpreter understands every kernel that ships.</summary>
public class ShippedKernelTests
{
    public static TheoryData<string> Modules => [.. Directory.GetFiles(Path.Combine(Repository.Root, "kernels", "ptx"), "*.ptx").Order()];

    [Theory]
    [MemberData(nameof(Modules))]
    public void Is_understood(string path) => Assert.NotEmpty(PtxModule.Parse(File.ReadAllText(path)).Kernels);
}
