using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Histoseg.Cli.Terminal;
using Histoseg.Cuda;
using Histoseg.Engine.Backends.Cuda;
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
        Line("CPU", $"{CpuModel()}, {Figures.Count(Environment.ProcessorCount, "core")}, {Vectors()}");
        Line("memory",
            string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024.0 / 1024 / 1024:0.0} GiB for this process"));
        Gpus();
        var (openSlide, vips) = (OpenSlideLibrary.Found, VipsLibrary.Found);
        Line("OpenSlide",
            openSlide.IsAvailable ? openSlide.Version + WhatItLacks(openSlide.Version)
            : $"missing: {openSlide.Reason}; until then plain and pyramidal TIFF, PNG and JPEG can be read, scanner formats cannot");
        Line("libvips", vips.IsAvailable ? $"{vips.Version}; {Codecs()}" : $"missing: {vips.Reason}");
        return vips.IsAvailable ? ExitCode.Success : ExitCode.Failed;
    }

    // DICOM came with OpenSlide 4.
    private static string WhatItLacks(string version) =>
        int.TryParse(version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && major < 4
            ? "; does not read DICOM (.dcm), for which OpenSlide 4 is needed" : "";

    private static string Codecs()
    {
        var codecs = VipsCodecs.OfTiff();
        var not = codecs.Where(codec => !codec.IsRead).ToList();
        return $"reads TIFF with {string.Join(", ", codecs.Where(codec => codec.IsRead).Select(codec => codec.Name))}"
            + (not.Count == 0 ? "" : $"; not with {string.Join(", ", not.Select(codec => codec.Name))}");
    }

    private void Line(string what, string found) => Session.Out.WriteLine($"{what + ":",-11}{found}");

    private static string CpuModel()
    {
        const string list = "/proc/cpuinfo";
        var name = File.Exists(list)
            ? File.ReadLines(list).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim() : null;
        return name ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string Vectors() =>
        Avx512F.IsSupported ? "AVX-512"
        : Avx2.IsSupported && Fma.IsSupported ? "AVX2"
        : AdvSimd.IsSupported ? "NEON"
        : "no AVX2: the portable kernels serve, slower";

    private static string Found<T>(Availability<T> library, string without) where T : class =>
        library.IsAvailable ? $"{library.Version} ({library.Path})" : $"{library.Reason}; {without}";

    private static string Gpu(ICudaDriver driver, int ordinal)
    {
        try
        {
            using var device = CudaDevice.Open(driver, ordinal);
            var (free, total) = device.Memory();
            return string.Create(CultureInfo.InvariantCulture,
                $"{device.Name}, compute capability {device.ComputeCapability / 10}.{device.ComputeCapability % 10}, "
                    + $"{device.Multiprocessors} multiprocessors, {total / 1073741824.0:0.0} GiB, {free / 1073741824.0:0.0} free");
        }
        catch (UserError error)
        {
            return error.Message;
        }
    }

    private void Gpus()
    {
        var driver = CudaLibraries.Driver;
        Line("GPU", Found(driver, "the CPU backend serves"));
        if (!driver.IsAvailable || driver.Library.DeviceGetCount(out var count) != CudaStatus.Success)
            return;
        for (var ordinal = 0; ordinal < count; ordinal++)
            Line($"  cuda:{ordinal}", Gpu(driver.Library, ordinal));
        Line("cuDNN", Found(CudaLibraries.Cudnn, "the engine's own convolutions serve"));
        Line("cuBLASLt", Found(CudaLibraries.CublasLt, "the engine's own convolutions serve"));
        Line("NCCL", Found(CudaLibraries.Nccl, "one GPU trains at a time"));
        Line("NVTX", Found(CudaLibraries.Nvtx, "the engine does without"));
    }
}
