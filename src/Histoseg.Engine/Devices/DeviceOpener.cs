using Histoseg.Cuda;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Ranks;

namespace Histoseg.Engine.Devices;

/// <summary>Opens the device a run asks for.</summary>
/// <param name="driver">The CUDA driver, or why there is none.</param>
/// <param name="cudnn">cuDNN, or why there is none.</param>
/// <param name="cublasLt">cuBLASLt, or why there is none.</param>
/// <param name="tuningFile">See <see cref="CudaDevice.TuningFile"/>.</param>
/// <param name="nccl">NCCL, or why there is none; null: that of this machine.</param>
public sealed class DeviceOpener(Func<Availability<ICudaDriver>> driver, Func<Availability<ICudnn>> cudnn, Func<Availability<ICublasLt>> cublasLt,
    string? tuningFile = null, Func<Availability<INccl>>? nccl = null)
{
    /// <summary>Opens devices with the libraries of this machine.</summary>
    public static DeviceOpener OfThisMachine { get; } =
        new(() => CudaLibraries.Driver, () => CudaLibraries.Cudnn, () => CudaLibraries.CublasLt, UserCache.TuningFile);

    /// <summary>Opens the processor.</summary>
    /// <param name="threads">Threads to use; 0: one per core.</param>
    public static ProcessorBackend OpenProcessor(int threads = 0) => new CpuBackend(Serving(threads));

    // More threads than cores only take turns, and results do not depend on how many there are.
    private static int Serving(int threads, RankGroup? ranks = null) =>
        Math.Min(threads == 0 && ranks is not null ? ranks.Cores : threads, Environment.ProcessorCount);

    /// <summary>Opens a device.</summary>
    /// <param name="device">A name that <see cref="DeviceName.TryParse"/> reads.</param>
    /// <param name="precision">Number type of activations on a GPU; the processor computes in float32.</param>
    /// <param name="threads">Threads of the CPU backend; 0: one per core.</param>
    /// <param name="note">Told in a line which GPU serves, or that the processor does because no GPU can.</param>
    /// <param name="exact">Whether the processor multiplies convolutions out as they are defined, where another way rounds otherwise but is faster.</param>
    /// <param name="ranks">The processes that train together, which stay the caller's; null: this one is alone.</param>
    /// <exception cref="ConfigError">The name is none.</exception>
    /// <exception cref="EngineError">The GPU asked for is not there, or its driver is missing or too old.</exception>
    public Backend Open(string device, Precision precision, int threads, Action<string>? note = null, bool exact = false, RankGroup? ranks = null)
    {
        if (!DeviceName.TryParse(device, out var name))
            throw new ConfigError($"device '{device}': it is {DeviceName.Syntax}");
        if (name.Kind == DeviceKind.Cpu)
            return new CpuBackend(Serving(threads, ranks), exact: exact, ranks: ranks);
        var found = driver();
        var count = 0;
        if (found.IsAvailable && found.Library.Init(0) == CudaStatus.Success)
            found.Library.DeviceGetCount(out count);
        // A rank takes the GPU of its number; a launcher may also have shown each just one.
        var own = ranks is null || count == 0 ? 0 : ranks.LocalRank % count;
        if (name.Kind == DeviceKind.Cuda)
            return found.IsAvailable ? OpenGpu(found, name.Ordinal + own, precision, note, ranks)
                : throw new EngineError($"device {device}: {found.Reason}; or use cpu") { Remedy = Remedy.UseProcessor };
        for (var ordinal = own; ordinal < (ranks is null ? count : Math.Min(count, own + 1)); ordinal++)
        {
            try
            {
                return OpenGpu(found, ordinal, precision, note, ranks);
            }
            catch (UserError error)
            {
                note?.Invoke($"cuda:{ordinal} does not serve: {error.Message}");
            }
        }
        note?.Invoke("no GPU serves here; computing on the CPU");
        return new CpuBackend(Serving(threads, ranks), exact: exact, ranks: ranks);
    }

    private CudaBackend OpenGpu(Availability<ICudaDriver> found, int ordinal, Precision precision, Action<string>? note, RankGroup? ranks)
    {
        var together = ranks is null ? null : (nccl ?? (() => CudaLibraries.Nccl))();
        if (together is { IsAvailable: false })
            throw new EngineError($"several processes train on GPUs by NCCL, and {together.Reason}") { Remedy = Remedy.UseProcessor };
        var (dnn, blas) = (cudnn(), cublasLt());
        var backend = new CudaBackend(CudaDevice.Open(found.Library!, ordinal, dnn.IsAvailable ? dnn.Library : null, blas.IsAvailable ? blas.Library : null,
            tuningFile), precision);
        if (ranks is not null)
            backend.Device.Ranks = new CudaRanks(backend.Device, together!.Library!, ranks);
        foreach (var (library, reason) in new[] { ("cuDNN", dnn.Reason), ("cuBLASLt", blas.Reason) })
            if (reason.Length > 0)
                note?.Invoke($"{library} does not serve ({reason}); the engine's own convolutions do");
        var isFirst = tuningFile is not null && !File.Exists(tuningFile);
        note?.Invoke($"computing on {backend.Description}"
            + (isFirst ? "; the first start compiles the kernels and measures convolutions, which can take some minutes" : ""));
        return backend;
    }
}
