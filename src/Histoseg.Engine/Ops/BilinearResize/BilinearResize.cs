using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>Bilinear resampling with half-pixel centres (PyTorch <c>interpolate</c>, mode bilinear, align_corners false, no antialiasing).</summary>
    public sealed record BilinearResize(int Height, int Width) : Op
    {
        /// <inheritdoc/>
        public override string Name => "bilinear_resize";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            return Height > 0 && Width > 0
                ? [inputs.Float(0).WithMap(Height, Width)]
                : throw new ArgumentException($"bilinear_resize: a map of {Height}×{Width} has no pixels");
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(7 * node.Outputs[0].Shape.Count, node.Inputs[0].Shape.Count + node.Outputs[0].Shape.Count);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new BilinearResizeGradient(g.Input(0).Shape.H, g.Input(0).Shape.W), g.OutputGradient()).Outputs[0]);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.BilinearResize(this, node);
    }

    /// <summary>The gradient of <see cref="Ops.BilinearResize"/>: each input pixel gathers from the output pixels that read it.</summary>
    /// <param name="Height">Rows of what was resized.</param>
    /// <param name="Width">Columns of what was resized.</param>
    internal sealed record BilinearResizeGradient(int Height, int Width) : Op
    {
        /// <inheritdoc/>
        public override string Name => "bilinear_resize_gradient";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            return [inputs.Float(0).WithMap(Height, Width)];
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.BilinearResizeGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.BilinearResize"/>.</summary>
    public static class BilinearResizeRecording
    {
        /// <summary>(N, H, W, C) → (N, height, width, C).</summary>
        public static Value BilinearResize(this Tape tape, Value x, int height, int width) =>
            tape.Record(new BilinearResize(height, width), x).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x. Outputs: y.</summary>
        Kernel BilinearResize(Ops.BilinearResize op, Node node);

        /// <summary>Inputs: dy. Outputs: dx.</summary>
        Kernel BilinearResizeGradient(Ops.BilinearResizeGradient op, Node node);
    }
}
