using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Quantised;

/// <summary>What becomes of a register tile of sums: scaled, with bias, residual and ReLU, in the target map, real or as bytes.</summary>
/// <param name="t">The tensors.</param>
/// <param name="channels">Channels of the target.</param>
internal readonly unsafe struct ByteStore(QuantisedTensors t, int channels)
{
    private readonly nint _residual = t.Residual, _target = t.Target;
    private readonly bool _relu = t.Relu, _toBytes = t.TargetBytes is not null, _residualBytes = t.ResidualBytes is not null;
    private readonly float _residualScale = t.ResidualBytes?.Scale ?? 0;
    private readonly int _channels = channels, _residualZero = t.ResidualBytes?.ZeroPoint ?? 0;
    private readonly ByteRounding _rounding = new(t.TargetBytes ?? new(1, 0));

    /// <summary>Stores a tile.</summary>
    /// <param name="tile">[rows][16].</param>
    /// <param name="pixels">The pixel of each row.</param>
    /// <param name="rows">Rows to store.</param>
    /// <param name="first">The channel of column 0.</param>
    /// <param name="zeroSums">What to take from each channel's sums.</param>
    /// <param name="scales">What to multiply them by.</param>
    /// <param name="biases">What to add then.</param>
    public void Store(int* tile, long* pixels, int rows, int first, int* zeroSums, float* scales, float* biases)
    {
        var columns = Math.Min(IByteKernel.Columns, _channels - first);
        for (var r = 0; r < rows; r++, tile += IByteKernel.Columns)
        {
            var at = pixels[r] * _channels + first;
            var j = 0;
            for (; j <= columns - Vector256<int>.Count; j += Vector256<int>.Count)
            {
                var v = Vector256.ConvertToSingle(Vector256.Load(tile + j) - Vector256.Load(zeroSums + first + j)) * Vector256.Load(scales + first + j)
                    + Vector256.Load(biases + first + j);
                if (_residual != 0)
                    v += Residual(at + j);
                if (_relu)
                    v = Vector256.MaxNative(v, Vector256<float>.Zero);
                if (_toBytes)
                    _rounding.Store(v, (byte*)_target + at + j);
                else
                    v.Store((float*)_target + at + j);
            }
            for (; j < columns; j++)
            {
                var v = (tile[j] - zeroSums[first + j]) * scales[first + j] + biases[first + j];
                if (_residual != 0)
                    v += _residualBytes ? (((byte*)_residual)[at + j] - _residualZero) * _residualScale : ((float*)_residual)[at + j];
                if (_relu)
                    v = Math.Max(v, 0);
                if (_toBytes)
                    ((byte*)_target)[at + j] = _rounding.Of(v);
                else
                    ((float*)_target)[at + j] = v;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Residual(long at)
    {
        if (!_residualBytes)
            return Vector256.Load((float*)_residual + at);
        var words = Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)((byte*)_residual + at)).AsByte());
        var steps = Vector256.WidenLower(words.ToVector256Unsafe()).AsInt32() - Vector256.Create(_residualZero);
        return Vector256.ConvertToSingle(steps) * _residualScale;
    }
}
