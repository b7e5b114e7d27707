using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Nn;

/// <summary>What a network is recorded for.</summary>
public enum NetworkMode
{
    /// <summary>Batch norm uses and updates the batch's statistics; gradients will follow.</summary>
    Training,
    /// <summary>Batch norm uses running statistics, as separate operations.</summary>
    Evaluation,
    /// <summary>Batch norm is folded into the convolution before it; the parameters must be folded too (<see cref="Layers.FoldedNorms"/>).</summary>
    Inference,
}

/// <summary>A convolution and the batch norm that follows it, to be folded into one for inference.</summary>
/// <param name="Weight">Name of the convolution's weight.</param>
/// <param name="Norm">Prefix of the batch norm's parameters.</param>
/// <param name="Transposed">Whether the output channels are the weight's last axis.</param>
public readonly record struct FoldedNorm(string Weight, string Norm, bool Transposed);

/// <summary>Records layers with named parameters: convolutions and their batch norms and activations.</summary>
public sealed class Layers(Tape tape, NetworkMode mode)
{
    private readonly List<FoldedNorm> _folded = [];

    /// <summary>The tape recorded on.</summary>
    public Tape Tape { get; } = tape;

    /// <summary>What is recorded for.</summary>
    public NetworkMode Mode { get; } = mode;

    /// <summary>Whether batch norms take the statistics of all ranks of a training together (PyTorch <c>SyncBatchNorm</c>).</summary>
    public bool NormsAcrossRanks { get; init; }

    /// <summary>Every convolution recorded with its batch norm.</summary>
    public IReadOnlyList<FoldedNorm> FoldedNorms => _folded;

    /// <summary>Convolution with bias: parameters <c>name.weight</c> and <c>name.bias</c>.</summary>
    public Value Conv(string name, Value x, int channels, ConvWindow window)
    {
        using var scope = Tape.Scope(name);
        return Tape.Conv2d(x, Weight(name, channels, window, x.Shape.C), window, Tape.VectorParameter($"{name}.bias", channels));
    }

    /// <summary>Convolution without bias, batch norm, an optional residual and an optional ReLU.</summary>
    /// <param name="conv">Name of the convolution.</param>
    /// <param name="norm">Name of the batch norm.</param>
    /// <param name="x">(N, H, W, C).</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="window">How the kernel lies on the map.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    /// <param name="residual">Added before the ReLU, or null.</param>
    public Value ConvNorm(string conv, string norm, Value x, int channels, ConvWindow window, bool relu = true, Value? residual = null)
    {
        using var scope = Tape.Scope(conv);
        var weight = Weight(conv, channels, window, x.Shape.C);
        _folded.Add(new(weight.Name, norm, Transposed: false));
        return Mode == NetworkMode.Inference
            ? Tape.Conv2d(x, weight, window, Tape.VectorParameter($"{norm}.bias", channels), residual, relu)
            : Norm(norm, Tape.Conv2d(x, weight, window), relu, residual);
    }

    /// <summary>Transposed convolution without bias that enlarges the map <paramref name="window"/>'s stride times, batch norm and ReLU.</summary>
    public Value ConvTransposeNorm(string conv, string norm, Value x, int channels, ConvWindow window)
    {
        using var scope = Tape.Scope(conv);
        var weight = TransposedWeight(conv, channels, window, x.Shape.C);
        _folded.Add(new(weight.Name, norm, Transposed: true));
        var (height, width) = (x.Shape.H * window.StrideH, x.Shape.W * window.StrideW);
        return Mode == NetworkMode.Inference
            ? Tape.ConvTranspose2d(x, weight, window, height, width, Tape.VectorParameter($"{norm}.bias", channels), relu: true)
            : Norm(norm, Tape.ConvTranspose2d(x, weight, window, height, width), relu: true, residual: null);
    }

    /// <summary>
    /// Transposed convolution with bias that enlarges the map <paramref name="window"/>'s stride times: parameters
    /// <c>name.weight</c> and <c>name.bias</c>.
    /// </summary>
    public Value ConvTranspose(string name, Value x, int channels, ConvWindow window)
    {
        using var scope = Tape.Scope(name);
        return Tape.ConvTranspose2d(x, TransposedWeight(name, channels, window, x.Shape.C), window, x.Shape.H * window.StrideH, x.Shape.W * window.StrideW,
            Tape.VectorParameter($"{name}.bias", channels));
    }

    private Value Weight(string name, int outputs, ConvWindow window, int inputs) =>
        Tape.Parameter($"{name}.weight", new Shape(outputs, window.KernelH, window.KernelW, inputs));

    private Value TransposedWeight(string name, int outputs, ConvWindow window, int inputs) =>
        Tape.Parameter($"{name}.weight", new Shape(inputs, window.KernelH, window.KernelW, outputs));

    private Value Norm(string name, Value x, bool relu, Value? residual)
    {
        using var scope = Tape.Scope("norm");
        var channels = x.Shape.C;
        return Tape.BatchNorm(x, Tape.VectorParameter($"{name}.weight", channels), Tape.VectorParameter($"{name}.bias", channels),
            Tape.State($"{name}.running_mean", Shape.Vector(channels), rank: 1), Tape.State($"{name}.running_var", Shape.Vector(channels), rank: 1),
            Mode == NetworkMode.Training, relu, residual, acrossRanks: NormsAcrossRanks);
    }
}
