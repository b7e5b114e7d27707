using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>Which vector instructions the float32 convolution uses. A level wider than the machine's runs too, in halves and slowly: tests do.</summary>
internal enum SimdLevel
{
    /// <summary>128-bit vectors, present everywhere .NET runs (SSE, NEON).</summary>
    Portable,
    /// <summary>256-bit vectors with fused multiply-add.</summary>
    Avx2,
    /// <summary>512-bit vectors.</summary>
    Avx512,
}

/// <summary>What this machine offers.</summary>
internal static class SimdSupport
{
    /// <summary>The widest level this processor runs.</summary>
    public static SimdLevel Best =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? SimdLevel.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? SimdLevel.Avx2
        : SimdLevel.Portable;
}
