using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>
/// Convolutions of channels that come in whole 16-byte pieces, which tiles of a GPU's kernels take as they are, over maps of several tiles with a rest. Too
/// large for difference quotients and for a GPU in software, so they are no part of <see cref="OpCases.All"/>.
/// </summary>
internal static class AlignedCases
{
    private static readonly Shape Map = new(2, 17, 19, 0);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        Convolution("1×1", 64, 136, ConvWindow.Square(1)),
        Convolution("1×1 stride 2", 96, 72, ConvWindow.Square(1, stride: 2)),
        Convolution("3×3", 32, 64, ConvWindow.Square(3, padding: 1)),
        Convolution("3×3", 96, 136, ConvWindow.Square(3, padding: 1)),
        Convolution("3×3 stride 2", 40, 72, ConvWindow.Square(3, stride: 2, padding: 1)),
        Convolution("3×3 dilation 2", 64, 72, ConvWindow.Square(3, padding: 2, dilation: 2)),
        Convolution("3×3 dilation 4", 40, 136, ConvWindow.Square(3, padding: 4, dilation: 4)),
        Convolution("7×1", 96, 64, ConvWindow.Same(7, 1)),
        Transposed("3×3/2", 96, 64, ConvWindow.Square(3, 2, 1)),
        Transposed("3×3/2", 32, 136, ConvWindow.Square(3, 2, 1)),
        Transposed("2×2/2", 40, 72, ConvWindow.Square(2, 2)),
    ];

    private static OpCase Convolution(string name, int channels, int outputs, ConvWindow window)
    {
        var target = new Shape(Map.N, window.OutputH(Map.H), window.OutputW(Map.W), outputs);
        return new("conv2d", $"{name} of {channels} to {outputs} channels, bias, residual, ReLU",
            [
                new(Map with { C = channels }), new(new(outputs, window.KernelH, window.KernelW, channels)), new(Shape.Vector(outputs), IsWide: true),
                new(target),
            ],
            (t, v) => t.Conv2d(v[0], v[1], window, v[2], v[3], relu: true));
    }

    private static OpCase Transposed(string name, int channels, int outputs, ConvWindow window) =>
        new("conv_transpose2d", $"{name} of {channels} to {outputs} channels, bias, ReLU",
            [new(Map with { C = channels }), new(new(channels, window.KernelH, window.KernelW, outputs)), new(Shape.Vector(outputs), IsWide: true)],
            (t, v) => t.ConvTranspose2d(v[0], v[1], window, 2 * Map.H, 2 * Map.W, v[2], relu: true));
}
