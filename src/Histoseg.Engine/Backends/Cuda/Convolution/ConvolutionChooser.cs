using System.Security.Cryptography;
using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>
/// Chooses an implementation for every convolution of one GPU: the fastest of the engine's own kernels, those for compute capability 9.0,
/// cuDNN's algorithms and cuBLASLt's, measured once per problem and remembered in a file; likewise for the pairs of convolutions of a GICN. What does
/// not agree with the own kernels is never chosen.
/// </summary>
internal sealed class ConvolutionChooser(CudaDevice device) : IDisposable
{
    /// <summary>Bytes of workspace an implementation may take.</summary>
    private const long MostWorkspace = 256L << 20;

    private static readonly string[] Modules =
        ["conv_bf16", "conv_tf32", "conv_f32", "conv_wgrad_bf16", "conv_wgrad_tf32", "conv_wgrad_f32", "conv_tools", "conv_hopper", "conv_wgrad_hopper",
            "gicn", "gicn_weight", "gicn_hopper", "gicn_weight_hopper"];
    private static readonly Lazy<string> KernelsHash = new(() =>
        Convert.ToHexStringLower(SHA256.HashData([.. Modules.SelectMany(CudaDevice.Ptx)]).AsSpan(0, 8)));

    private readonly Dictionary<string, string> _chosen = [];
    private TuningFile? _file;
    private TuningPlace? _place;
    private nint _cudnn, _cublasLt;
    private bool _opened;

    /// <summary>The implementation to use for a problem.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="table">Address of its <see cref="TapTable"/>.</param>
    public IConvolution Choose(ConvolutionProblem problem, ulong table) =>
        device.TuningFile is null ? Own(problem, table).First() : Choose<ConvolutionTensors, IConvolution>(problem, Candidates(problem, table));

    /// <summary>The implementation to use for a problem, of those there are; the others are disposed of.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="candidates">Implementations, the one that others are compared with first.</param>
    public TImplementation Choose<TTensors, TImplementation>(IProblem<TTensors> problem, IReadOnlyList<TImplementation> candidates)
        where TImplementation : class, IImplementation<TTensors>
    {
        TImplementation? chosen = null;
        try
        {
            return chosen = Among(problem, candidates);
        }
        finally
        {
            foreach (var other in candidates.Where(c => c != chosen))
                other.Dispose();
        }
    }

    private TImplementation Among<TTensors, TImplementation>(IProblem<TTensors> problem, IReadOnlyList<TImplementation> candidates)
        where TImplementation : class, IImplementation<TTensors>
    {
        var chosen = candidates[0];
        if (candidates.Count > 1 && device.TuningFile is not null)
        {
            var key = $"{problem}";
            if (!_chosen.TryGetValue(key, out var name))
                name = File.Find(Place, key);
            if (candidates.FirstOrDefault(c => c.Name == name) is { } remembered)
                chosen = remembered;
            else if (Fastest(problem, candidates) is var (fastest, milliseconds))
            {
                chosen = fastest;
                // A remembered choice that is merely too large for the memory left today stays remembered.
                if (name is null)
                    File.Remember(new(Place, key, fastest.Name, milliseconds * 1000));
            }
            _chosen[key] = chosen.Name;
        }
        return chosen;
    }

    /// <summary>What was chosen among several so far: <see cref="IImplementation{TTensors}.Name"/> by problem.</summary>
    public IReadOnlyDictionary<string, string> Chosen => _chosen;

    /// <summary>Everything that can compute a problem, the own kernel thought fastest first.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="table">Address of its <see cref="TapTable"/>.</param>
    /// <param name="refused">Is told the name of each implementation that does not take the problem, and why.</param>
    public IReadOnlyList<IConvolution> Candidates(ConvolutionProblem problem, ulong table, Action<string, string>? refused = null)
    {
        OpenLibraries();
        // The workspace is still to be allocated, and no implementation is worth a network that does not fit. cuBLASLt is asked for the same
        // number of bytes each time all the same: its algorithms are remembered by their place in its answer.
        var most = Math.Min(MostWorkspace, device.Memory().Free / 2);
        return
        [
            .. Own(problem, table),
            .. Hopper(problem, table),
            .. _cudnn == 0 ? [] : Fitting(CudnnConvolution.Candidates(device, _cudnn, problem, refused), most, refused),
            .. _cublasLt == 0 ? [] : Fitting(CublasLtConvolution.Candidates(device, _cublasLt, problem, MostWorkspace, refused), most, refused),
        ];
    }

    private IEnumerable<IConvolution> Own(ConvolutionProblem problem, ulong table) => problem.Kind == ConvolutionKind.WeightGradient
        ? OwnWeightGradient.Tiles(device, problem).Select(tile => new OwnWeightGradient(device, problem, tile, table))
        : OwnConvolution.Tiles(device, problem).Select(tile => new OwnConvolution(device, problem, tile, table));

    private IEnumerable<IConvolution> Hopper(ConvolutionProblem problem, ulong table) => HopperTile.For(device, problem).Select(tile =>
        problem.Kind == ConvolutionKind.WeightGradient
            ? (IConvolution)new HopperWeightGradient(device, problem, tile, table)
            : new HopperConvolution(device, problem, tile, table));

    private static IEnumerable<IConvolution> Fitting(IEnumerable<IConvolution> candidates, long mostWorkspace, Action<string, string>? refused)
    {
        foreach (var candidate in candidates)
        {
            if (candidate.WorkspaceBytes <= mostWorkspace)
            {
                yield return candidate;
                continue;
            }
            refused?.Invoke(candidate.Name, $"needs {candidate.WorkspaceBytes >> 20} MiB of workspace");
            candidate.Dispose();
        }
    }

    /// <summary>Measures; null if there is not enough memory for it.</summary>
    private (TImplementation Implementation, double Milliseconds)? Fastest<TTensors, TImplementation>(
        IProblem<TTensors> problem, IReadOnlyList<TImplementation> candidates) where TImplementation : class, IImplementation<TTensors>
    {
        try
        {
            using var trial = new ConvolutionTrial<TTensors>(device, problem, candidates.Max(c => c.WorkspaceBytes));
            trial.Expect(candidates[0]);
            (TImplementation Implementation, double Milliseconds)? fastest = null;
            foreach (var candidate in candidates)
            {
                // A fault that takes the GPU's context, or the whole program, with it comes out here; the next start goes on without that candidate.
                if (!candidate.IsTrusted && File.WasFatal(Place, $"{problem}", candidate.Name))
                    continue;
                void Note(double what) => File.Note(new(Place, $"{problem}", candidate.Name, what));
                if (!candidate.IsTrusted)
                    Note(TuningEntry.Trying);
                var measured = trial.Measure(candidate, fastest?.Milliseconds ?? double.PositiveInfinity);
                if (!candidate.IsTrusted)
                    Note(TuningEntry.Passed);
                if (measured is { } milliseconds && !(fastest is var (_, least) && least <= milliseconds))
                    fastest = (candidate, milliseconds);
            }
            return fastest ?? throw new InvalidOperationException($"{problem}: the engine's own kernel {candidates[0].Name} gives no numbers on this GPU");
        }
        catch (CudaException e) when (e.Status == CudaStatus.OutOfMemory)
        {
            return null;
        }
    }

    private TuningFile File => _file ??= new(device.TuningFile!);

    private TuningPlace Place => _place ??= FindPlace();

    private TuningPlace FindPlace()
    {
        OpenLibraries();
        return new(device.Name, device.DriverVersion, _cudnn == 0 ? 0 : (long)device.Cudnn!.GetVersion(),
            _cublasLt == 0 ? 0 : (long)device.CublasLt!.GetVersion(), KernelsHash.Value);
    }

    /// <summary>Makes the libraries' handles; a library that refuses is done without.</summary>
    private void OpenLibraries()
    {
        if (_opened)
            return;
        _opened = true;
        if (device.Cudnn is { } cudnn && cudnn.Create(out var dnn) == CudnnStatus.Success)
        {
            if (cudnn.SetStream(dnn, device.ComputeStream) == CudnnStatus.Success)
                _cudnn = dnn;
            else
                cudnn.Destroy(dnn);
        }
        if (device.CublasLt is { } cublasLt && cublasLt.Create(out var blas) == CublasStatus.Success)
            _cublasLt = blas;
    }

    public void Dispose()
    {
        if (_cudnn != 0)
            device.Cudnn!.Destroy(_cudnn);
        if (_cublasLt != 0)
            device.CublasLt!.Destroy(_cublasLt);
        (_cudnn, _cublasLt) = (0, 0);
    }
}
