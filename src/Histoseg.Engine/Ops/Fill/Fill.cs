using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>A tensor of one constant.</summary>
    public sealed record Fill(double Constant) : Op
    {
        /// <inheritdoc/>
        public override string Name => "fill";

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.Fill(this, node);
    }

    /// <summary>Records <see cref="Fill"/>.</summary>
    public static class FillRecording
    {
        /// <summary>A tensor of <paramref name="shape"/> with every element equal to <paramref name="constant"/>.</summary>
        public static Value Fill(this Tape tape, Shape shape, double constant, ElementType type = ElementType.Real) => tape.Record(new Fill(constant), [], shape, type);
    }
}

namespace Histoseg.Engine.Backends
{
    public partial interface IBackend
    {
        /// <summary>Outputs: y ← constant.</summary>
        Kernel Fill(Ops.Fill op, Node node);
    }
}
