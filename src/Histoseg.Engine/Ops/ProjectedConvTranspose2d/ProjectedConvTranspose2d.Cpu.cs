using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu.Convolution;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel ProjectedConvTranspose2d(ProjectedConvTranspose2d op, Node node)
    {
        var (x, weight, projection, y, map) = (node.Inputs[0], node.Inputs[1], node.Inputs[op.ProjectionAt], node.Outputs[0], node.Outputs[1]);
        var (bias, projectionBias, sum) =
            (op.HasBias ? node.Inputs[2] : null, op.HasProjectionBias ? node.Inputs[op.ProjectionAt + 1] : null, op.HasSum ? node.Inputs[^1] : null);
        var geometry = TapGeometry.Transposed(op.Window, x.Shape, map.Shape);
        nint At(Value? value) => value is null ? 0 : _memory.Address(value);
        if (typeof(T) == typeof(float) && Use(map.Shape.C, new ProjectedRows(this, geometry,
            new(At(x), At(weight), _memory.IsConstant(weight), WeightTransposed: true, At(bias), 0, op.Relu, 0, Accumulate: false),
            new(At(projection), At(projectionBias), At(sum), At(y), y.Shape.C))) is { } inRows)
            return inRows;
        // One after the other, through the map.
        var first = Convolution(geometry, x, weight, map, bias, relu: op.Relu, weightTransposed: true);
        var second = Convolution(TapGeometry.Convolution(ConvWindow.Square(1), map.Shape, y.Shape), map, projection, y, projectionBias, sum);
        return () =>
        {
            first();
            second();
        };
    }

    private sealed record ProjectedRows(CpuKernels<T> Kernels, TapGeometry Geometry, ConvolutionTensors Tensors, Projection Projection) : IKernelUser
    {
        public Kernel? Use<TKernel>() where TKernel : struct, IMicroKernel => RowConvolution<TKernel>.Suits(Geometry)
            ? new RowConvolution<TKernel>(Geometry, Tensors, Kernels._memory, Kernels._pool, Projection).Run : null;
    }
}
