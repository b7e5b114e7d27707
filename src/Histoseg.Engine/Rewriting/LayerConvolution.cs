using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Rewriting;

/// <summary>One convolution of a node that has one or two.</summary>
/// <param name="Op">A <see cref="Conv2d"/> or <see cref="ConvTranspose2d"/>.</param>
/// <param name="Input">What it reads.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="Bias">Its bias, or null.</param>
/// <param name="Residual">What is added to it, or null; of the second half of a GICN the first convolution's output, which the tape has no value for.</param>
/// <param name="Output">What it makes, or null for that output.</param>
internal readonly record struct LayerConvolution(Op Op, Value Input, Value Weight, Value? Bias, Value? Residual, Value? Output)
{
    /// <summary>Fewest channels on either side that it pays for.</summary>
    private const int FewestChannels = 8;

    /// <summary>The convolutions of a node, in order; none if it is another operation.</summary>
    public static LayerConvolution[] Of(Node node)
    {
        var v = node.Inputs;
        return node.Op switch
        {
            Conv2d op => [new(op, v[0], v[1], op.HasBias ? v[2] : null, op.HasResidual ? v[^1] : null, node.Outputs[0])],
            ConvTranspose2d op => [new(op, v[0], v[1], op.HasBias ? v[2] : null, op.HasResidual ? v[^1] : null, node.Outputs[0])],
            CrossConv2d op => [new(Row(op.K), v[0], v[1], v[2], null, node.Outputs[0]), new(Column(op.K), v[0], v[3], v[4], null, node.Outputs[1])],
            CrossSumConv2d op =>
            [
                new(Column(op.K), v[0], v[1], v[2], null, null), new(Row(op.K) with { HasResidual = true }, v[3], v[4], v[5], null, node.Outputs[0]),
            ],
            _ => [],
        };
    }

    /// <summary>Whether it can be done with bytes, and gains by it.</summary>
    public bool IsQuantisable => Input.Shape.C % QuantisedConvolution.ChannelMultiple == 0 && Math.Min(Input.Shape.C, OutputChannels) >= FewestChannels;

    /// <summary>The axis of the weight, in PyTorch's order, that has the output channels.</summary>
    public int OutputAxis => Op is ConvTranspose2d ? 1 : 0;

    private int OutputChannels => Op is ConvTranspose2d ? Weight.Shape.C : Weight.Shape.N;

    private static Conv2d Row(int k) => new(ConvWindow.Same(1, k), HasBias: true, HasResidual: false, Relu: false);

    private static Conv2d Column(int k) => new(ConvWindow.Same(k, 1), HasBias: true, HasResidual: false, Relu: false);
}
