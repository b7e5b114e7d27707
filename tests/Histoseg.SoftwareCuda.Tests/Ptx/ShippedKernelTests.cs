using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>The interpreter understands every kernel that ships.</summary>
public class ShippedKernelTests
{
    public static TheoryData<string> Modules
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!Directory.Exists(Path.Combine(folder.FullName, "kernels", "ptx")))
                folder = folder.Parent ?? throw new DirectoryNotFoundException("kernels/ptx");
            return [.. Directory.GetFiles(Path.Combine(folder.FullName, "kernels", "ptx"), "*.ptx").Order()];
        }
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void IsUnderstood(string path) => Assert.NotEmpty(PtxModule.Parse(File.ReadAllText(path)).Kernels);
}
