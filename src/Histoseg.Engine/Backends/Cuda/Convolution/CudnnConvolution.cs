using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>
/// A convolution by one algorithm of cuDNN, bias, residual and ReLU fused where there is a bias. A transposed one, which cuDNN knows as a gradient, gets
/// them from a kernel of ours behind it, and so does one whose ReLU must let a NaN through.
/// </summary>
/// <remarks>
/// Between its call and ours stand two conversions where activations are bfloat16: the bias is narrowed before, the weight gradient widened after.
/// Both pass through the workspace, behind cuDNN's part.
/// </remarks>
internal sealed unsafe class CudnnConvolution : IConvolution
{
    private const int ForwardAlgorithms = 8, ImplicitPrecompGemm = 1;

    // Without those that add in an order that differs from run to run: 0 of the data's gradient, 0 and 3 of the weight's.
    private static readonly int[] DataAlgorithms = [1, 2, 3, 4, 5], WeightAlgorithms = [1, 2, 4, 5, 6];
    private static readonly int[] AllForward = [.. Enumerable.Range(0, ForwardAlgorithms)];

    // Those that can use tensor cores: in bfloat16 the others are hopeless, and trying them takes time at every first start.
    private static readonly int[] ForwardOnTensorCores = [1, 7], GradientsOnTensorCores = [1, 5];

    private readonly CudaDevice _device;
    private readonly ICudnn _cudnn;
    private readonly nint _handle;
    private readonly ConvolutionProblem _problem;
    private readonly CudnnDescriptors _descriptors;
    private readonly int _algorithm;
    private readonly long _cudnnBytes;
    private ConvolutionTensors _tensors;
    private CudaLaunch? _convert, _finish;

    private CudnnConvolution(CudaDevice device, nint handle, ConvolutionProblem problem, int algorithm)
    {
        (_device, _cudnn, _handle, _problem, _algorithm) = (device, device.Cudnn!, handle, problem, algorithm);
        _descriptors = new(_cudnn, problem);
        try
        {
            Need(out var bytes).Check("cudnnGetConvolution…WorkspaceSize");
            _cudnnBytes = ((long)bytes + 255) / 256 * 256;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name => $"cudnn {_algorithm}";

    public long WorkspaceBytes => _cudnnBytes + Converted switch
    {
        ConvolutionKind.Forward => _problem.Target.C * sizeof(ushort),
        ConvolutionKind.WeightGradient => _problem.Weight.Count * sizeof(ushort),
        _ => 0,
    };

    /// <summary>What is converted between the workspace and the tensors: the bias, the weight gradient, or nothing.</summary>
    private ConvolutionKind? Converted => _problem switch
    {
        { Precision: not Precision.Bf16 } => null,
        _ when Finishes(_problem) => null,
        { Kind: ConvolutionKind.Forward, HasBias: true } or { Kind: ConvolutionKind.WeightGradient } => _problem.Kind,
        _ => null,
    };

    /// <summary>Every algorithm that does this problem; <paramref name="refused"/> is told of those that do not, and why.</summary>
    public static IEnumerable<IConvolution> Candidates(CudaDevice device, nint handle, ConvolutionProblem problem, Action<string, string>? refused)
    {
        foreach (var algorithm in Algorithms(problem))
        {
            IConvolution candidate;
            try
            {
                candidate = new CudnnConvolution(device, handle, problem, algorithm);
            }
            catch (CudnnException e)
            {
                refused?.Invoke($"cudnn {algorithm}", e.Message);
                continue;
            }
            yield return candidate;
        }
    }

    private static int[] Algorithms(ConvolutionProblem problem) => problem switch
    {
        // Our kernel takes four channels at a time.
        { Kind: not ConvolutionKind.WeightGradient } when Finishes(problem) && problem.Target.C % 4 != 0 => [],
        { Kind: not ConvolutionKind.Forward, Precision: Precision.Bf16 } => GradientsOnTensorCores,
        { Kind: ConvolutionKind.WeightGradient } => WeightAlgorithms,
        { Kind: ConvolutionKind.Transposed } => DataAlgorithms,
        { HasBias: false } when !Finishes(problem) && (problem.HasResidual || problem.Relu) => [],
        // Without a ReLU cuDNN fuses in one algorithm only.
        { HasBias: true, Relu: false } => [ImplicitPrecompGemm],
        { Precision: Precision.Bf16 } => ForwardOnTensorCores,
        _ => AllForward,
    };

    /// <summary>Whether bias, residual and ReLU are left to a kernel of ours.</summary>
    private static bool Finishes(ConvolutionProblem problem) => problem.Kind switch
    {
        ConvolutionKind.Transposed => problem.HasBias || problem.HasResidual || problem.Relu,
        // cuDNN adds a residual only where there is a bias.
        ConvolutionKind.Forward => (problem.Relu && problem.KeepsNaN) || problem is { HasResidual: true, HasBias: false },
        _ => false,
    };

    public void Bind(ConvolutionTensors tensors)
    {
        _tensors = tensors;
        _convert?.Dispose();
        _convert = Converted switch
        {
            ConvolutionKind.Forward => Launch("conv_narrow", _problem.Target.C, tensors.Bias, new Workspace(_cudnnBytes)),
            ConvolutionKind.WeightGradient => Launch("conv_widen", _problem.Weight.Count, new Workspace(_cudnnBytes), tensors.Weight),
            _ => null,
        };
        _finish?.Dispose();
        _finish = Finishes(_problem)
            ? ConvolutionTools.Over(_device, _problem.Element == CudaElement.BFloat16 ? "conv_finish_in_place_bf16" : "conv_finish_in_place_f32",
                _problem.Target.Count / 4, tensors.Target, tensors.Bias, tensors.Residual, _problem.Target.Count, _problem.Target.C, _problem.Relu)
            : null;
    }

    private CudaLaunch Launch(string entry, long count, KernelArgument from, KernelArgument to) =>
        ConvolutionTools.Over(_device, entry, count, from, to, count);

    public void Run(ulong workspace)
    {
        _convert?.Bind(workspace);
        float one = 1, zero = 0;
        var (d, t) = (_descriptors, _tensors);
        var beside = workspace + (ulong)_cudnnBytes;
        switch (_problem.Kind)
        {
            case ConvolutionKind.Forward when _problem.HasBias && _finish is null:
                _convert?.Run();
                float added = _problem.HasResidual ? 1 : 0;
                Require(_cudnn.ConvolutionBiasActivationForward(_handle, &one, d.X, t.Source, d.Weight, t.Weight, d.Convolution, _algorithm,
                    workspace, (nuint)_cudnnBytes,
                    &added, d.Y, _problem.HasResidual ? t.Residual : t.Target, d.Bias, _convert is null ? t.Bias : beside, d.Activation, d.Y, t.Target),
                    "cudnnConvolutionBiasActivationForward");
                break;
            case ConvolutionKind.Forward:
                Require(_cudnn.ConvolutionForward(_handle, &one, d.X, t.Source, d.Weight, t.Weight, d.Convolution, _algorithm,
                    workspace, (nuint)_cudnnBytes, &zero, d.Y, t.Target),
                    "cudnnConvolutionForward");
                _finish?.Run();
                break;
            case ConvolutionKind.Transposed:
                Require(_cudnn.ConvolutionBackwardData(_handle, &one, d.Weight, t.Weight, d.Y, t.Source, d.Convolution, _algorithm,
                    workspace, (nuint)_cudnnBytes, &zero, d.X, t.Target),
                    "cudnnConvolutionBackwardData");
                _finish?.Run();
                break;
            default:
                Require(_cudnn.ConvolutionBackwardFilter(_handle, &one, d.X, t.Source, d.Y, t.Target, d.Convolution, _algorithm,
                    workspace, (nuint)_cudnnBytes, &zero, d.Weight,
                    _convert is null ? t.Weight : beside), "cudnnConvolutionBackwardFilter");
                _convert?.Run();
                break;
        }
    }

    private void Require(CudnnStatus status, string call)
    {
        if (status != CudnnStatus.Success)
            throw new CudnnException(call, status, $"algorithm {_algorithm}, {_problem}");
    }

    private CudnnStatus Need(out nuint bytes)
    {
        var d = _descriptors;
        return _problem.Kind switch
        {
            ConvolutionKind.Forward =>
                _cudnn.GetConvolutionForwardWorkspaceSize(_handle, d.X, d.Weight, d.Convolution, d.Y, _algorithm, out bytes),
            ConvolutionKind.Transposed =>
                _cudnn.GetConvolutionBackwardDataWorkspaceSize(_handle, d.Weight, d.Y, d.Convolution, d.X, _algorithm, out bytes),
            _ => _cudnn.GetConvolutionBackwardFilterWorkspaceSize(_handle, d.X, d.Y, d.Convolution, d.Weight, _algorithm, out bytes),
        };
    }

    public void Dispose()
    {
        _convert?.Dispose();
        _finish?.Dispose();
        _descriptors.Dispose();
    }
}
