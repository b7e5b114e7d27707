using FsCheck;
using FsCheck.Fluent;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Backends;

/// <summary>A random convolution: the window, the map it lies on, output channels, and a seed for the numbers.</summary>
public sealed record Geometry(ConvWindow Window, Shape Map, int Outputs, int Seed)
{
    public Shape Weight => new(Outputs, Window.KernelH, Window.KernelW, Map.C);

    /// <summary>Positions of the kernel along one axis, counted one by one.</summary>
    public static int Positions(int length, int kernel, int stride, int pad, int dilation) =>
        Enumerable.Range(0, length + 2 * pad).Count(start => start % stride == 0 && start + dilation * (kernel - 1) < length + 2 * pad);
}

/// <summary>Draws geometries whose map is at least as large as the kernel.</summary>
public static class Geometries
{
    public static Arbitrary<Geometry> Any() =>
        (from rows in Axis()
         from columns in Axis()
         from images in Gen.Choose(1, 2)
         from inputs in Gen.Elements(1, 2, 3, 8, 17)
         from outputs in Gen.Elements(1, 3, 8, 9, 16, 18, 33)
         from seed in Gen.Choose(0, 1 << 20)
         select new Geometry(
             new ConvWindow(rows.Kernel, columns.Kernel, rows.Stride, columns.Stride, rows.Pad, columns.Pad, rows.Dilation, columns.Dilation),
             new Shape(images, rows.Length, columns.Length, inputs), outputs, seed)).ToArbitrary();

    private static Gen<(int Length, int Kernel, int Stride, int Pad, int Dilation)> Axis() =>
        from kernel in Gen.Choose(1, 5)
        from stride in Gen.Choose(1, 3)
        from pad in Gen.Choose(0, 3)
        from dilation in Gen.Choose(1, 3)
        from extra in Gen.Choose(0, 9)
        select (Math.Max(1, dilation * (kernel - 1) + 1 - 2 * pad) + extra, kernel, stride, pad, dilation);
}
