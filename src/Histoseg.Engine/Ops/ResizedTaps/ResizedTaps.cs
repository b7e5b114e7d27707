using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// The second half of a transposed convolution of an enlarged map, whose first half is done on the small one: the map's channels hold, for every tap of
    /// the kernel, what that tap gives; they are interpolated (<see cref="Ops.BilinearResize"/>) to the size at which the kernel lies, and the taps added up
    /// where <see cref="Ops.ConvTranspose2d"/> puts them.
    /// </summary>
    /// <remarks>
    /// Interpolation and convolution are linear, so that convᵀ(resize(x), w) = Σ over taps of shift(resize(x·w[tap])). Taps that read beyond the enlarged map
    /// give nothing.
    /// </remarks>
    /// <param name="Window">The window of the convolution that the transposed one is the transpose of.</param>
    /// <param name="MapHeight">Rows of the enlarged map.</param>
    /// <param name="MapWidth">Columns of the enlarged map.</param>
    /// <param name="Height">Output rows.</param>
    /// <param name="Width">Output columns.</param>
    /// <param name="HasSum">Whether the second input, of the output's shape, is added.</param>
    internal sealed record ResizedTaps(ConvWindow Window, int MapHeight, int MapWidth, int Height, int Width, bool HasSum) : Op
    {
        /// <inheritdoc/>
        public override string Name => "resized_taps";

        /// <inheritdoc/>
        public override int InPlaceInput => HasSum ? 1 : -1;

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(HasSum ? 2 : 1);
            var x = inputs.Of(0, ElementType.Real);
            if (!Window.IsValid || x.Shape.C % Window.Taps != 0)
                throw new ArgumentException($"resized_taps {Window}: {x} has no {Window.Taps} taps of equally many channels");
            if ((Window.OutputH(Height), Window.OutputW(Width)) != (MapHeight, MapWidth))
                throw new ArgumentException($"resized_taps {Window}: output {Height}×{Width} does not belong to a map of {MapHeight}×{MapWidth}");
            var y = x.WithMap(Height, Width).WithChannels(x.Shape.C / Window.Taps);
            if (HasSum)
                inputs.Require(1, y);
            return [y];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node)
        {
            var y = node.Outputs[0].Shape.Count;
            var tapsOfPixel = (double)Window.Taps / (Window.StrideH * Window.StrideW);
            return new((long)(8 * tapsOfPixel * y), node.Inputs[0].Shape.Count + (HasSum ? 2 : 1) * y);
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.ResizedTaps(this, node);
    }

    /// <summary>Records <see cref="Ops.ResizedTaps"/>.</summary>
    internal static class ResizedTapsRecording
    {
        /// <summary>y = sum + Σ over taps of shift(resize(x[tap])).</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="x">(N, h, w, KernelH·KernelW·O).</param>
        /// <param name="window">The window of the convolution that the transposed one is the transpose of.</param>
        /// <param name="map">Rows and columns that x is enlarged to.</param>
        /// <param name="output">Output rows and columns.</param>
        /// <param name="sum">Added, of the output's shape; or null.</param>
        /// <returns>(N, height, width, O).</returns>
        /// <exception cref="ArgumentException">Shapes do not fit.</exception>
        public static Value ResizedTaps(this Tape tape, Value x, ConvWindow window, (int Height, int Width) map, (int Height, int Width) output,
            Value? sum = null)
        {
            Value[] inputs = sum is null ? [x] : [x, sum];
            return tape.Record(new ResizedTaps(window, map.Height, map.Width, output.Height, output.Width, sum is not null), inputs).Outputs[0];
        }
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x, [sum]. Outputs: y.</summary>
        Kernel ResizedTaps(Ops.ResizedTaps op, Node node);
    }
}
