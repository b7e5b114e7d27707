using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Histoseg.Slides.OpenSlide;
using Histoseg.Slides.Vips;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine doctor</c>: what this machine has, what is missing, what to install.</summary>
internal sealed class DoctorVerb(Session session) : Verb(
    "doctor",
    "Tells what this machine has, what is missing and what to install.",
    "engine doctor",
    session)
{
    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        Line("engine", typeof(DoctorVerb).Assembly.GetName().Version!.ToString(3));
        Line("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.RuntimeIdentifier}, {RuntimeInformation.FrameworkDescription}");
        Line("CPU", $"{CpuModel()}, {Environment.ProcessorCount} cores, {Vectors()}");
        Line("memory", string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024.0 / 1024 / 1024:0.0} GiB for this process"));
        Line("GPU", Gpu());
        Line("OpenSlide", OpenSlideLibrary.TryLoad(out var noOpenSlide) ? OpenSlideLibrary.Version! : $"missing: {noOpenSlide}; until then plain and pyramidal TIFF, PNG and JPEG can be read, scanner formats cannot");
        var vips = VipsLibrary.TryLoad(out var noVips);
        Line("libvips", vips ? VipsLibrary.Version! : $"missing: {noVips}");
        return vips ? ExitCode.Success : ExitCode.Failed;
    }

    private void Line(string what, string found) => Session.Out.WriteLine($"{what + ":",-11}{found}");

    private static string CpuModel()
    {
        const string list = "/proc/cpuinfo";
        var name = File.Exists(list) ? File.ReadLines(list).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim() : null;
        return name ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string Vectors() =>
        Avx512F.IsSupported ? "AVX-512"
        : Avx2.IsSupported && Fma.IsSupported ? "AVX2"
        : AdvSimd.IsSupported ? "NEON"
        : "no AVX2: the portable kernels serve, slower";

    private static string Gpu()
    {
        const string none = "no CUDA backend in this build; the CPU backend serves";
        var library = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(library, out var handle))
            return $"{none} (and no NVIDIA driver was found)";
        NativeLibrary.Free(handle);
        return $"{none}, though an NVIDIA driver was found ({library})";
    }
}
