using System.Numerics;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>What becomes of a register tile: its sums, with bias, residual and ReLU, in the target map.</summary>
internal readonly unsafe struct TileStore<TKernel>(TapGeometry geometry, ConvolutionTensors tensors) where TKernel : struct, IMicroKernel
{
    private readonly TapGeometry _g = geometry;
    private readonly ConvolutionTensors _t = tensors;

    /// <summary>Stores a tile as it is, or adds it to what is there.</summary>
    /// <param name="tile">[Rows][Columns].</param>
    /// <param name="to">The first number.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">Rows to store.</param>
    /// <param name="columns">Columns to store, a multiple of 8.</param>
    /// <param name="add">Whether to add.</param>
    public static void Sum(float* tile, float* to, int stride, int rows, int columns, bool add)
    {
        for (var r = 0; r < rows; r++, tile += TKernel.Columns, to += stride)
            for (var j = 0; j < columns; j += Vector<float>.Count)
                (add ? Vector.Load(to + j) + Vector.Load(tile + j) : Vector.Load(tile + j)).Store(to + j);
    }

    /// <summary>Stores fewer channels than a vector has, with nothing to add but a bias.</summary>
    private void StoreFew(float* tile, float* target, long* pixels, int rows, int firstChannel, int columns, float* bias, bool relu)
    {
        var added = Vector256<float>.Zero;
        for (var j = 0; bias != null && j < columns; j++)
            added = added.WithElement(j, bias[j]);
        for (var r = 0; r < rows; r++, tile += TKernel.Columns)
        {
            var v = Vector256.Load(tile) + added;
            v = relu ? Vector256.Max(v, Vector256<float>.Zero) : v;
            var to = target + pixels[r] * _g.Target.C + firstChannel;
            var rest = v.GetLower();
            if ((columns & 4) != 0)
            {
                rest.Store(to);
                rest = v.GetUpper();
                to += 4;
            }
            if ((columns & 2) != 0)
            {
                rest.GetLower().Store(to);
                rest = Vector128.Create(rest.GetUpper(), Vector64<float>.Zero);
                to += 2;
            }
            if ((columns & 1) != 0)
                *to = rest.ToScalar();
        }
    }

    /// <summary>Fetches what <see cref="Store"/> will read and write, so that it need not wait for it after the sums.</summary>
    /// <param name="map">The map that will be stored to.</param>
    /// <param name="pixels">The pixel of each row.</param>
    /// <param name="rows">Rows to store.</param>
    /// <param name="firstChannel">The channel of column 0.</param>
    /// <param name="last">Whether the residual will be added.</param>
    public void Fetch(float* map, long* pixels, int rows, int firstChannel, bool last)
    {
        for (var r = 0; r < rows; r++)
        {
            var at = pixels[r] * _g.Target.C + firstChannel;
            Ahead.Fetch(map + at, TKernel.Columns);
            if (last && _t.Residual != 0)
                Ahead.Fetch((float*)_t.Residual + at, TKernel.Columns);
        }
    }

    /// <summary>Stores a tile.</summary>
    /// <param name="tile">[Rows][Columns].</param>
    /// <param name="map">The map that is stored to.</param>
    /// <param name="pixels">The pixel of each row.</param>
    /// <param name="rows">Rows to store.</param>
    /// <param name="firstChannel">The channel of column 0.</param>
    /// <param name="first">Whether nothing was stored there before that this is to be added to.</param>
    /// <param name="last">Whether nothing will be added: then come bias, residual and ReLU.</param>
    public void Store(float* tile, float* map, long* pixels, int rows, int firstChannel, bool first, bool last)
    {
        var channels = _g.Target.C;
        var columns = Math.Min(TKernel.Columns, channels - firstChannel);
        var bias = last && _t.Bias != 0 ? (float*)_t.Bias + firstChannel : null;
        if (columns < Vector256<float>.Count && first && _t.Residual == 0)
        {
            StoreFew(tile, map, pixels, rows, firstChannel, columns, bias, last && _t.Relu);
            return;
        }
        for (var r = 0; r < rows; r++, tile += TKernel.Columns)
        {
            var target = map + pixels[r] * channels + firstChannel;
            var residual = last && _t.Residual != 0 ? (float*)_t.Residual + pixels[r] * channels + firstChannel : null;
            var j = 0;
            for (; j <= columns - Vector<float>.Count; j += Vector<float>.Count)
            {
                var v = Vector.Load(tile + j);
                if (!first)
                    v += Vector.Load(target + j);
                if (bias != null)
                    v += Vector.Load(bias + j);
                if (residual != null)
                    v += Vector.Load(residual + j);
                (last && _t.Relu ? Vector.Max(v, Vector<float>.Zero) : v).Store(target + j);
            }
            for (; j < columns; j++)
            {
                var v = tile[j] + (first ? 0 : target[j]) + (bias != null ? bias[j] : 0) + (residual != null ? residual[j] : 0);
                target[j] = last && _t.Relu ? Math.Max(v, 0) : v;
            }
        }
    }
}
