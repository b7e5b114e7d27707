using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    /// <summary>Elements one block updates, as in <c>kernels/sgd.cu</c>.</summary>
    private const int SgdPiece = 4096;

    /// <summary>One parameter, as <c>kernels/sgd.cu</c> reads it.</summary>
    private readonly record struct SgdTensor(ulong Weight, ulong Gradient, ulong Velocity, ulong Copy, long Count);

    /// <summary>A block's parameter and its place in it, as <c>kernels/sgd.cu</c> reads them.</summary>
    private readonly record struct SgdPlace(int Tensor, int Piece);

    /// <summary>
    /// Updates that follow each other on the tape with the same attributes and rate are one launch, made by the first of them; the others do nothing.
    /// </summary>
    public Kernel SgdUpdate(SgdUpdate op, Node node)
    {
        bool Joins(Node other) => op.Equals(other.Op) && other.Inputs[3] == node.Inputs[3];
        if (node.Index > 0 && Joins(_tape.Nodes[node.Index - 1]))
            return static () => { };
        Node[] group = [.. _tape.Nodes.Skip(node.Index).TakeWhile(Joins)];
        // Kernels compiled later could ask for a bfloat16 copy that this launch would leave as it was.
        if (_tape.Nodes.Skip(node.Index + group.Length)
            .FirstOrDefault(later => later.Op is not Ops.SgdUpdate && later.Inputs.Any(i => group.Any(n => n.Inputs[0] == i))) is { } reader)
            throw new NotSupportedException($"{reader} reads a parameter after its update");
        SgdTensor[] tensors = [.. group.Select(SgdTensorOf)];
        SgdPlace[] places = [.. tensors.SelectMany((t, i) => Enumerable.Range(0, Pieces(t)).Select(piece => new SgdPlace(i, piece)))];
        return Launch("sgd", "sgd", new Dim3((uint)places.Length), new Dim3(BlockSize), 0, _memory.Table<SgdTensor>(tensors), _memory.Table<SgdPlace>(places),
            Tensor(node.Inputs[3]), (float)op.Momentum, (float)op.WeightDecay);
    }

    private static int Pieces(SgdTensor tensor) => checked((int)((tensor.Count + SgdPiece - 1) / SgdPiece));

    private SgdTensor SgdTensorOf(Node node) => new(Tensor(node.Inputs[0]).Address, Tensor(node.Inputs[1]).Address, Tensor(node.Inputs[2]).Address,
        _memory.CopyOf(node.Inputs[0])?.Address ?? 0, node.Inputs[0].Shape.Count);
}
