using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cpu.Quantised;

/// <summary>Rounds float32 numbers to bytes, eight at a time or one by one to the same bits.</summary>
internal readonly unsafe struct ByteRounding(Quantisation to)
{
    private readonly float _perStep = 1 / to.Scale, _low = -to.ZeroPoint, _high = byte.MaxValue - to.ZeroPoint;
    private readonly int _zero = to.ZeroPoint;

    /// <summary>One number's byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte Of(float x) => (byte)((int)MathF.Round(Math.Min(Math.Max(x * _perStep, _low), _high)) + _zero);

    /// <summary>Stores the bytes of eight numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Vector256<float> x, byte* to)
    {
        var steps = Vector256.Round(Vector256.MinNative(Vector256.MaxNative(x * _perStep, Vector256.Create(_low)), Vector256.Create(_high)));
        var bytes = Vector256.ConvertToInt32Native(steps) + Vector256.Create(_zero);
        var words = Vector128.Narrow(bytes.GetLower(), bytes.GetUpper()).AsUInt16();
        *(ulong*)to = Vector128.Narrow(words, words).AsUInt64().ToScalar();
    }
}
