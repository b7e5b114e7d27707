using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Rewriting;

namespace Histoseg.Engine.Checkpoints;

/// <summary>Named tensors on the host: what travels between files and programs.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ParameterSet<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SortedDictionary<string, (long[] Shape, T[] Data)> _tensors = new(StringComparer.Ordinal);

    /// <summary>The names, sorted.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>The elements of one tensor, channels last.</summary>
    public T[] this[string name] => _tensors[name].Data;

    /// <summary>Copies persistent tensors out of a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="wanted">Which; by default parameters and running statistics, without optimiser state.</param>
    public static ParameterSet<T> From(Program<T> program, Func<Value, bool>? wanted = null)
    {
        var set = new ParameterSet<T>();
        foreach (var value in program.Tape.Values.Where(wanted ?? IsModel))
            set._tensors[value.Name] = (TorchLayout.ShapeOf(value), program.Read(value));
        return set;
    }

    /// <summary>Reads all floating-point tensors of a file.</summary>
    public static ParameterSet<T> Load(ITensorFile file)
    {
        var set = new ParameterSet<T>();
        foreach (var (name, shape) in file.Shapes)
            set._tensors[name] = (shape, TorchLayout.ToEngine(file.Read<T>(name), shape));
        return set;
    }

    /// <summary>A tensor's extents, in PyTorch's order.</summary>
    public ReadOnlySpan<long> ShapeOf(string name) => _tensors[name].Shape;

    /// <summary>Adds a tensor, or replaces it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its extents, in PyTorch's order.</param>
    /// <param name="data">Its elements, channels last.</param>
    public void Add(string name, ReadOnlySpan<long> shape, T[] data) => _tensors[name] = (shape.ToArray(), data);

    /// <summary>The same tensors under other names.</summary>
    public ParameterSet<T> Renamed(Func<string, string> rename)
    {
        var set = new ParameterSet<T>();
        foreach (var (name, tensor) in _tensors)
            set._tensors[rename(name)] = tensor;
        return set;
    }

    /// <summary>Whether a value belongs to the model itself: a parameter, or running statistics.</summary>
    public static bool IsModel(Value value) => value.Kind == ValueKind.Parameter || value.Kind == ValueKind.State && !IsVelocity(value);

    /// <summary>Whether a value persists from run to run: the model and the optimiser's state.</summary>
    public static bool IsPersistent(Value value) => value.Kind is ValueKind.Parameter or ValueKind.State;

    private static bool IsVelocity(Value value) => value.Name.EndsWith(SgdRecording.VelocityName(""), StringComparison.Ordinal);

    /// <summary>Adds every tensor to a file, in PyTorch's layout.</summary>
    public void Save(SafeTensorsWriter writer)
    {
        foreach (var (name, (shape, data)) in _tensors)
            writer.AddLater(name, shape, () => TorchLayout.ToTorch(data, shape));
    }

    /// <summary>Adds tensors of a program to a file, in PyTorch's layout; each is copied out when the file is written.</summary>
    /// <param name="program">The program; it must not run before that.</param>
    /// <param name="wanted">Which.</param>
    /// <param name="writer">The file.</param>
    public static void Save(Program<T> program, Func<Value, bool> wanted, SafeTensorsWriter writer)
    {
        foreach (var value in program.Tape.Values.Where(wanted).OrderBy(value => value.Name, StringComparer.Ordinal))
        {
            var shape = TorchLayout.ShapeOf(value);
            writer.AddLater(value.Name, shape, () => TorchLayout.ToTorch(program.Read(value), shape));
        }
    }

    /// <summary>Fills a program's persistent tensors.</summary>
    /// <param name="program">The program.</param>
    /// <param name="source">Where the set came from, for errors.</param>
    /// <param name="wanted">Which tensors to fill; by default parameters and running statistics.</param>
    /// <exception cref="EngineError">A tensor is missing, has another shape, or holds NaN or infinity.</exception>
    public void CopyTo(Program<T> program, string source, Func<Value, bool>? wanted = null)
    {
        foreach (var value in program.Tape.Values.Where(wanted ?? IsModel))
            program.Write(value, Fitting(value, source));
    }

    /// <summary>The elements of the tensor that a network knows as <paramref name="value"/>, channels last.</summary>
    /// <param name="value">A parameter or state.</param>
    /// <param name="source">Where the set came from, for errors.</param>
    /// <exception cref="EngineError">The tensor is missing, has another shape, or holds NaN or infinity.</exception>
    public T[] Fitting(Value value, string source)
    {
        if (!_tensors.TryGetValue(value.Name, out var tensor))
            throw new EngineError($"{source}: there is no tensor '{value.Name}'; the file belongs to another network");
        if (!tensor.Shape.AsSpan().SequenceEqual(TorchLayout.ShapeOf(value)))
            throw new EngineError($"{source}: tensor '{value.Name}' is [{string.Join(", ", tensor.Shape)}] and the network needs "
                + $"[{string.Join(", ", TorchLayout.ShapeOf(value))}]; the file belongs to another network, width or class count");
        foreach (var number in tensor.Data)
            if (!T.IsFinite(number))
                throw new EngineError(
                    $"{source}: tensor '{value.Name}' holds NaN or infinity; the training that wrote it had diverged, so use an earlier model");
        return tensor.Data;
    }

    /// <summary>Folds batch norms into the convolutions before them: the weight takes the scale γ/√(σ² + ε), the norm's bias becomes β − μ·scale.</summary>
    /// <returns>A new set, for a program recorded for <see cref="NetworkMode.Inference"/>.</returns>
    /// <exception cref="EngineError">A tensor is missing, or a batch norm has other channels than its convolution.</exception>
    public ParameterSet<T> Fold(IEnumerable<FoldedNorm> norms)
    {
        var folded = new ParameterSet<T>();
        foreach (var (name, tensor) in _tensors)
            folded._tensors[name] = tensor;
        foreach (var (weight, norm, transposed) in norms)
        {
            foreach (var name in new[] { weight, $"{norm}.weight", $"{norm}.bias", $"{norm}.running_mean", $"{norm}.running_var" })
                if (!_tensors.ContainsKey(name))
                    throw new EngineError($"the model has no tensor '{name}'; it belongs to another network");
            var (gamma, beta, mean, variance) = (this[$"{norm}.weight"], this[$"{norm}.bias"], this[$"{norm}.running_mean"], this[$"{norm}.running_var"]);
            var channels = _tensors[weight].Shape is [var outer, var inner, _, _] ? transposed ? inner : outer : -1;
            if (new[] { gamma, beta, mean, variance }.Any(v => v.Length == 0 || v.Length != channels))
                throw new EngineError($"the batch norm '{norm}' does not fit the convolution '{weight}' "
                    + $"of shape [{string.Join(", ", _tensors[weight].Shape)}]; the file belongs to another network");
            var scale = new T[gamma.Length];
            var shift = new T[gamma.Length];
            for (var c = 0; c < scale.Length; c++)
            {
                scale[c] = gamma[c] / T.Sqrt(variance[c] + T.CreateChecked(BatchNormRecording.DefaultEpsilon));
                shift[c] = beta[c] - mean[c] * scale[c];
            }
            var scaled = (T[])this[weight].Clone();
            // The output channel is the weight's first axis, or its last for a transposed convolution.
            var perChannel = scaled.Length / scale.Length;
            for (var i = 0; i < scaled.Length; i += transposed ? scale.Length : perChannel)
                Scale(transposed ? scaled.AsSpan(i, scale.Length) : scaled.AsSpan(i, perChannel), transposed ? scale : scale.AsSpan(i / perChannel, 1));
            folded._tensors[weight] = (_tensors[weight].Shape, scaled);
            folded._tensors[$"{norm}.bias"] = (_tensors[$"{norm}.bias"].Shape, shift);
        }
        return folded;
    }

    private static void Scale(Span<T> numbers, ReadOnlySpan<T> by)
    {
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] *= by.Length == 1 ? by[0] : by[i];
    }

    /// <summary>Adds the pieces of parameters that a rewritten tape has in place of the whole ones.</summary>
    /// <param name="pieces">The pieces.</param>
    /// <param name="source">Where the set came from, for errors.</param>
    /// <returns>A new set.</returns>
    /// <exception cref="EngineError">A whole parameter is missing, has another shape, or holds NaN or infinity.</exception>
    public ParameterSet<T> Cut(IEnumerable<ParameterPiece> pieces, string source)
    {
        var cut = Renamed(name => name);
        foreach (var piece in pieces)
            cut._tensors[piece.Parameter.Name] = (TorchLayout.ShapeOf(piece.Parameter), piece.Cut(Fitting(piece.Whole, source)));
        return cut;
    }
}
