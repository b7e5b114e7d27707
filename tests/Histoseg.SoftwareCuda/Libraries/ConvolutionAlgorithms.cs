namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>Which of the numbered algorithms does which convolution, with how much workspace and at what simulated speed.</summary>
/// <remarks>The numbers are those of cuDNN's enumerations; that some refuse a shape and that their needs differ is like there, the sizes are not.</remarks>
internal static class ConvolutionAlgorithms
{
    public const int Forward = 8, BackwardData = 6, BackwardFilter = 7;

    /// <summary>Bytes of workspace of the forward algorithm, or null if it does not do this.</summary>
    public static long? ForwardWorkspace(ConvolutionShape shape, int algorithm, bool bfloat16) => algorithm switch
    {
        0 => 0,
        1 => Rounded(4L * shape.P * shape.Q * shape.R * shape.S),
        2 when !bfloat16 => Rounded(4L * shape.P * shape.Q * shape.R * shape.S * shape.C),
        6 when shape.IsPlain3x3 && !bfloat16 => 0,
        7 when shape.IsPlain3x3 => Rounded(64L * shape.K * shape.C),
        _ => null,
    };

    /// <summary>The same of the gradient with respect to the data.</summary>
    public static long? BackwardDataWorkspace(ConvolutionShape shape, int algorithm, bool bfloat16) => algorithm switch
    {
        0 => 0,
        1 => Rounded(4L * shape.WLength),
        4 when shape.IsPlain3x3 && !bfloat16 => Rounded(16L * shape.K),
        5 when shape.IsPlain3x3 => Rounded(64L * shape.K * shape.C),
        _ => null,
    };

    /// <summary>The same of the gradient with respect to the filter.</summary>
    public static long? BackwardFilterWorkspace(ConvolutionShape shape, int algorithm, bool bfloat16) => algorithm switch
    {
        0 when !bfloat16 => 0,
        1 => Rounded(4L * shape.WLength),
        3 when !bfloat16 => Rounded(8L * shape.WLength),
        5 when shape.IsPlain3x3 => Rounded(64L * shape.K * shape.C),
        _ => null,
    };

    /// <summary>Algorithms with workspace are the quicker ones, by a fixed amount each.</summary>
    public static double Nanoseconds(ConvolutionShape shape, int algorithm) => 4000 + shape.Products * (algorithm == 0 ? 4 : algorithm + 1) * 1e-4;

    private static long Rounded(long bytes) => (bytes + 255) / 256 * 256;
}
