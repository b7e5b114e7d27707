using System.Numerics;

namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>The three convolutions as plain loops, summing in float32.</summary>
internal static class ConvolutionLoops
{
    /// <summary>y[n,p,q,k] = Σ x[n, p·stride + r·dilation − pad, …, c] · w[k,r,s,c].</summary>
    public static float[] Forward(ConvolutionShape shape, float[] x, float[] w)
    {
        var y = new float[shape.YLength];
        Parallel.For(0, shape.N * shape.P, row =>
        {
            var (n, p) = Math.DivRem(row, shape.P);
            for (var q = 0; q < shape.Q; q++)
                for (var r = 0; r < shape.R; r++)
                    for (var s = 0; s < shape.S; s++)
                    {
                        var at = Input(shape, n, p, q, r, s);
                        if (at < 0)
                            continue;
                        var pixel = x.AsSpan(at, shape.C);
                        var outputs = y.AsSpan((row * shape.Q + q) * shape.K, shape.K);
                        for (var k = 0; k < shape.K; k++)
                            outputs[k] += Dot(pixel, w.AsSpan(((k * shape.R + r) * shape.S + s) * shape.C, shape.C));
                    }
        });
        return y;
    }

    /// <summary>dx[n,h,w,c] = Σ dy[n,p,q,k] · w[k,r,s,c] over all (p, q, r, s, k) whose input is (h, w).</summary>
    public static float[] BackwardData(ConvolutionShape shape, float[] dy, float[] w)
    {
        var dx = new float[shape.XLength];
        Parallel.For(0, shape.N * shape.H, row =>
        {
            var (n, h) = Math.DivRem(row, shape.H);
            for (var r = 0; r < shape.R; r++)
            {
                var (p, restH) = Math.DivRem(h + shape.PadH - r * shape.DilationH, shape.StrideH);
                if (restH != 0 || p < 0 || p >= shape.P)
                    continue;
                for (var q = 0; q < shape.Q; q++)
                    for (var s = 0; s < shape.S; s++)
                    {
                        var at = Input(shape, n, p, q, r, s);
                        if (at < 0)
                            continue;
                        var pixel = dx.AsSpan(at, shape.C);
                        for (var k = 0; k < shape.K; k++)
                            AddProduct(pixel, dy[((n * shape.P + p) * shape.Q + q) * shape.K + k],
                                w.AsSpan(((k * shape.R + r) * shape.S + s) * shape.C, shape.C));
                    }
            }
        });
        return dx;
    }

    /// <summary>dw[k,r,s,c] = Σ dy[n,p,q,k] · x[n, …, c] over all pixels.</summary>
    public static float[] BackwardFilter(ConvolutionShape shape, float[] x, float[] dy)
    {
        var dw = new float[shape.WLength];
        Parallel.For(0, shape.K * shape.R * shape.S, tap =>
        {
            var (k, rest) = Math.DivRem(tap, shape.R * shape.S);
            var (r, s) = Math.DivRem(rest, shape.S);
            var sums = dw.AsSpan(tap * shape.C, shape.C);
            for (var n = 0; n < shape.N; n++)
                for (var p = 0; p < shape.P; p++)
                    for (var q = 0; q < shape.Q; q++)
                    {
                        var at = Input(shape, n, p, q, r, s);
                        if (at >= 0)
                            AddProduct(sums, dy[((n * shape.P + p) * shape.Q + q) * shape.K + k], x.AsSpan(at, shape.C));
                    }
        });
        return dw;
    }

    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sums = Vector<float>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
            sums += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        var sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static void AddProduct(Span<float> sums, float factor, ReadOnlySpan<float> values)
    {
        var factors = new Vector<float>(factor);
        var i = 0;
        for (; i <= sums.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sums[i..]) + factors * new Vector<float>(values[i..])).CopyTo(sums[i..]);
        for (; i < sums.Length; i++)
            sums[i] += factor * values[i];
    }

    /// <summary>Where the input pixel of an output pixel and a tap begins, or −1 for padding.</summary>
    private static int Input(ConvolutionShape shape, int n, int p, int q, int r, int s)
    {
        var h = p * shape.StrideH + r * shape.DilationH - shape.PadH;
        var w = q * shape.StrideW + s * shape.DilationW - shape.PadW;
        return (uint)h < (uint)shape.H && (uint)w < (uint)shape.W ? ((n * shape.H + h) * shape.W + w) * shape.C : -1;
    }
}
