namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>A convolution's extents. x: (N, H, W, C); w: (K, R, S, C); y: (N, P, Q, K).</summary>
internal sealed record ConvolutionShape(int N, int H, int W, int C, int K, int R, int S, int P, int Q,
    int PadH, int PadW, int StrideH, int StrideW, int DilationH, int DilationW)
{
    public int XLength => N * H * W * C;

    public int WLength => K * R * S * C;

    public int YLength => N * P * Q * K;

    public double Products => (double)YLength * R * S * C;

    public bool IsPlain3x3 => (R, S, StrideH, StrideW, DilationH, DilationW) == (3, 3, 1, 1, 1, 1);
}
