namespace Histoseg.Engine.Ops;

/// <summary>How a convolution's kernel lies on the map: extents, stride, padding and dilation per axis, as in PyTorch <c>conv2d</c>.</summary>
public readonly record struct ConvWindow(
    int KernelH, int KernelW, int StrideH = 1, int StrideW = 1, int PadH = 0, int PadW = 0, int DilationH = 1, int DilationW = 1)
{
    /// <summary>A square kernel.</summary>
    public static ConvWindow Square(int kernel, int stride = 1, int padding = 0, int dilation = 1) =>
        new(kernel, kernel, stride, stride, padding, padding, dilation, dilation);

    /// <summary>A kernel with padding that keeps the map's size at stride 1; extents must be odd.</summary>
    public static ConvWindow Same(int kernelH, int kernelW) => new(kernelH, kernelW, PadH: kernelH / 2, PadW: kernelW / 2);

    /// <summary>Kernel elements.</summary>
    public int Taps => KernelH * KernelW;

    /// <summary>Output rows for <paramref name="h"/> input rows; 0 if the kernel is larger than the padded map.</summary>
    public int OutputH(int h) => Positions(h + 2 * PadH - DilationH * (KernelH - 1), StrideH);

    /// <summary>Output columns for <paramref name="w"/> input columns; 0 if the kernel is larger than the padded map.</summary>
    public int OutputW(int w) => Positions(w + 2 * PadW - DilationW * (KernelW - 1), StrideW);

    /// <summary>How many of <paramref name="room"/> neighbouring places a kernel takes that moves by <paramref name="stride"/>.</summary>
    private static int Positions(int room, int stride) => room < 1 ? 0 : (room - 1) / stride + 1;

    /// <summary>Whether every extent is in range: kernel, stride and dilation at least 1, padding at least 0.</summary>
    public bool IsValid => Math.Min(Math.Min(KernelH, KernelW), Math.Min(Math.Min(StrideH, StrideW), Math.Min(DilationH, DilationW))) >= 1
        && PadH >= 0 && PadW >= 0;

    /// <inheritdoc/>
    public override string ToString() => $"{KernelH}×{KernelW}"
        + (StrideH == 1 && StrideW == 1 ? "" : $"/{StrideH}" + (StrideH == StrideW ? "" : $",{StrideW}"))
        + (DilationH == 1 && DilationW == 1 ? "" : $" dilation {DilationH}" + (DilationH == DilationW ? "" : $",{DilationW}"));
}
