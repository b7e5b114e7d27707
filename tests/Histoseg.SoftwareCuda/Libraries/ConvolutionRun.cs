using System.Runtime.InteropServices;
using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>One convolution with all its operands: output ← activation(alpha·f(first, second) + beta·(output or z) + bias).</summary>
internal sealed unsafe class ConvolutionRun(ConvolutionProblem problem, DeviceTensor first, DeviceTensor second, DeviceTensor output,
    Func<ConvolutionShape, float[], float[], float[]> compute)
{
    private readonly ActivationDescriptor _activation = new() { Mode = CudnnActivationMode.Identity };
    private DeviceTensor? _z, _bias;
    private float _alpha, _beta;
    private ulong _workspace, _workspaceBytes;

    /// <summary>What is wrong with the operands, or null.</summary>
    public string? Wrong { get; set; }

    public IReadOnlyList<Access> Accesses { get; private set; } = [];

    /// <summary>Adds z in place of the old output, a bias per channel, and an activation.</summary>
    public void Fuse(DeviceTensor z, DeviceTensor bias, (CudnnActivationMode Mode, CudnnNanPropagation Nan) activation)
    {
        (_z, _bias) = (z, bias);
        (_activation.Mode, _activation.Nan) = activation;
    }

    /// <summary>Takes the scalars and the workspace, and says what is wrong with the operands.</summary>
    public string? Finish(float alpha, float beta, ulong workspace, ulong workspaceBytes)
    {
        (_alpha, _beta, _workspace, _workspaceBytes) = (alpha, beta, workspace, workspaceBytes);
        List<Access> accesses = [first.Access(write: false), second.Access(write: false)];
        if (_bias is not null)
            accesses.Add(_bias.Access(write: false));
        if (beta != 0 && _z is not null && _z.Address != output.Address)
            accesses.Add(_z.Access(write: false));
        if (accesses.Any(access => access.Overlaps(output.Access(write: true))))
            return "the output overlaps an input";
        accesses.Add(output.Access(write: true));
        var scratch = Access.Written(workspace, workspaceBytes);
        if (workspaceBytes > 0 && accesses.Any(access => access.Overlaps(scratch)))
            return "the workspace overlaps a tensor";
        if (accesses.Append(scratch).FirstOrDefault(access => access.Bytes > 0 && access.Address % 16 != 0) is { Bytes: > 0 } misaligned)
            return $"0x{misaligned.Address:x} is not a multiple of 16";
        Accesses = workspaceBytes > 0 ? [.. accesses, scratch] : accesses;
        return Wrong;
    }

    public void Execute(Execution run)
    {
        if (_workspaceBytes > 0)
            NativeMemory.Fill(run.Device(_workspace), (nuint)_workspaceBytes, MemoryRegion.Poison);
        var sums = compute(problem.Shape, Load(run, first), Load(run, second));
        var to = run.Device(output.Address);
        var added = _beta != 0 ? run.Device((_z ?? output).Address) : null;
        var bias = _bias is null ? null : DeviceNumbers.Load(run.Device(_bias.Address), _bias.Length, _bias.BFloat16, tf32: false);
        for (var i = 0; i < sums.Length; i++)
        {
            // beta 0 must not read what was there, which may be NaN
            var value = _alpha * sums[i]
                + (added is null ? 0 : _beta * DeviceNumbers.Load(added, i, output.BFloat16))
                + (bias is null ? 0 : bias[i % bias.Length]);
            DeviceNumbers.Store(to, i, _activation.Apply(value), output.BFloat16);
        }
    }

    private float[] Load(Execution run, DeviceTensor tensor) => DeviceNumbers.Load(run.Device(tensor.Address), tensor.Length, tensor.BFloat16, problem.Tf32);
}
