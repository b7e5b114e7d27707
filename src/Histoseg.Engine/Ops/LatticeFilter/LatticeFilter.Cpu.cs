using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel PermutohedralLattice(PermutohedralLattice op, Node node)
    {
        var geometry = LatticeGeometry.Of(op.Picture, op.PositionSigma, op.ColourSigma);
        return new CpuLatticeBuild<T>(_memory, _pool, geometry, LatticeOf(node.Outputs), node.Inputs.Count > 0 ? Bytes(node.Inputs[0]) : null).Run;
    }

    public Kernel LatticeFilter(LatticeFilter op, Node node) =>
        new CpuLatticePass<T>(_memory, _pool, LatticeOf([.. node.Inputs.Skip(1)]), Real(node.Inputs[0]), Real(node.Outputs[0]), op.Reverse).Run;

    /// <summary>Vertices, weights, neighbours, counts, scale.</summary>
    private CpuLattice<T> LatticeOf(IReadOnlyList<Value> values) =>
        new(Integers(values[0]), Real(values[1]), Integers(values[2]), Integers(values[3]), Real(values[4]));
}
