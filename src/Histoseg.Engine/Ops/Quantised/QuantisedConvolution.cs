using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// A convolution of bytes with 8-bit weights, summed in 32-bit integers, for inference: it has no gradient. Output channel o is
    /// Input.Scale · s[o] · Σ (x − Input.ZeroPoint) · q[o, ·] + bias[o] + residual, after the ReLU real or as bytes again, where s is the scale of the weights
    /// and q = round(weight / s) within ±127. Weights that were quantised with s keep their q exactly (ONNX <c>QLinearConv</c>).
    /// </summary>
    /// <param name="Convolution">A <see cref="Conv2d"/> or <see cref="ConvTranspose2d"/>: how the kernel lies on the map and what comes after it.</param>
    /// <param name="Input">What the bytes read are worth.</param>
    /// <param name="Residual">What the residual's bytes are worth; null: it is real, or there is none.</param>
    /// <param name="Output">What the bytes made are worth; null: the output is real.</param>
    public sealed record QuantisedConvolution(Op Convolution, Quantisation Input, Quantisation? Residual = null, Quantisation? Output = null) : Op
    {
        /// <summary>The largest of a weight's steps.</summary>
        public const int WeightSteps = 127;

        /// <summary>A weight in steps of its channel's scale.</summary>
        internal static sbyte StepOf(float weight, float scale) => (sbyte)Math.Clamp(MathF.Round(weight / scale), -WeightSteps, WeightSteps);

        /// <summary>Input channels are packed by so many, which multiply-adds of bytes take together.</summary>
        public const int ChannelMultiple = 4;

        /// <summary>Whether a bias (1,1,1,O) follows the scales.</summary>
        public bool HasBias => Convolution is Conv2d { HasBias: true } or ConvTranspose2d { HasBias: true };

        /// <summary>Whether the last input, of the output's shape, is added before the ReLU.</summary>
        public bool HasResidual => Convolution is Conv2d { HasResidual: true } or ConvTranspose2d { HasResidual: true };

        /// <summary>Whether the weight's output channels are its last axis.</summary>
        internal bool IsTransposed => Convolution is ConvTranspose2d;

        internal bool Relu => Convolution is Conv2d { Relu: true } or ConvTranspose2d { Relu: true };

        /// <inheritdoc/>
        public override string Name => $"quantised_{Convolution.Name}";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(3 + (HasBias ? 1 : 0) + (HasResidual ? 1 : 0));
            var (x, weight) = (inputs.Of(0, ElementType.UInt8), inputs.Float(1));
            var y = Convolution switch
            {
                Conv2d op => op.MapMade(x.Shape, weight.Shape),
                ConvTranspose2d op => op.MapMade(x.Shape, weight.Shape),
                _ => throw new ArgumentException($"{Convolution.Name} cannot be quantised"),
            };
            if (x.Shape.C % ChannelMultiple != 0)
                throw new ArgumentException($"{Name}: {x} has no multiple of {ChannelMultiple} channels");
            if (!Input.IsValid || Residual is { IsValid: false } || Output is { IsValid: false } || Residual is not null && !HasResidual)
                throw new ArgumentException($"{Name}: {Input}, {Residual} or {Output} is out of range");
            inputs.Require(2, TensorType.Wide(Shape.Vector(y.C)));
            if (HasBias)
                inputs.Require(3, TensorType.Wide(Shape.Vector(y.C)));
            if (HasResidual)
                inputs.Require(inputs.Count - 1, new(y, Residual is null ? ElementType.Real : ElementType.UInt8));
            return [new(y, Output is null ? ElementType.Real : ElementType.UInt8)];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => Convolution.Cost(node);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.QuantisedConvolution(this, node);
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x, weight, weightScale, [bias], [residual]. Outputs: y.</summary>
        Kernel QuantisedConvolution(Ops.QuantisedConvolution op, Node node);
    }
}
