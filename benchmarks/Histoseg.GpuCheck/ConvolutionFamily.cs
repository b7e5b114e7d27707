using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.GpuCheck;

/// <summary>Who computes a convolution: the own kernels, those for compute capability 9.0, or a library. An implementation's name begins with it.</summary>
internal static class ConvolutionFamily
{
    /// <summary>The names.</summary>
    public const string Own = "own", Hopper = "hopper", Cudnn = "cudnn", CublasLt = "cublaslt";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Own, Hopper, Cudnn, CublasLt];

    /// <summary>The family of an implementation.</summary>
    public static string Of(string implementation) => implementation.Split(' ')[0];

    /// <summary>Whether all of it must agree, as it is the engine's own.</summary>
    public static bool IsOurs(string family) => family is Own or Hopper;

    /// <summary>Whether a device has it.</summary>
    public static bool IsInstalled(CudaDevice device, string family) => family switch
    {
        Hopper => HopperTile.RunsOn(device),
        Cudnn => device.Cudnn is not null,
        CublasLt => device.CublasLt is not null,
        _ => true,
    };

    /// <summary>Why a library that was never even tried takes no part.</summary>
    public static string WhyNot(CudaDevice device, string family)
    {
        if (family == Cudnn && device.Cudnn is { } cudnn)
        {
            var status = cudnn.Create(out var handle);
            if (status != CudnnStatus.Success)
                return $"cudnnCreate: {status}";
            cudnn.Destroy(handle);
        }
        if (family == CublasLt && device.CublasLt is { } cublasLt)
        {
            var status = cublasLt.Create(out var handle);
            if (status != CublasStatus.Success)
                return $"cublasLtCreate: {status}";
            cublasLt.Destroy(handle);
        }
        return "no convolution was offered to it";
    }

    /// <summary>How many nodes of a compiled tape each computes, as fields of results.</summary>
    public static (string Key, object? Value)[] Counts(CudaDevice device, Tape tape, Precision precision)
    {
        // Where there was no choice the own kernel serves.
        var nodes = ConvolutionBench.Problems(tape, precision)
            .ToLookup(p => Of(device.Convolutions.Chosen.GetValueOrDefault($"{p.Problem}", Own)), p => p.Count);
        return [.. All.Select(family => (family, (object?)nodes[family].Sum()))];
    }
}
