using System.Numerics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>bfe, bfi, lop3 and szext.</summary>
internal static unsafe class BitFields
{
    /// <summary>
    /// The field of a that starts at bit b and is c long; signed types extend by the field's topmost bit, or the value's where the field goes beyond.
    /// </summary>
    public static void Extract<T>(Warp w, Instruction* i, uint mask) where T : unmanaged, IBinaryInteger<T>
    {
        T* d = (T*)(w.R + i->D), a = (T*)(w.R + i->A);
        uint* b = (uint*)(w.R + i->B), c = (uint*)(w.R + i->C);
        var bits = 8 * sizeof(T);
        while (mask != 0)
        {
            var k = Lanes.Take(ref mask);
            int start = (int)(b[k] & 0xFF), length = (int)(c[k] & 0xFF);
            if (length == 0)
            {
                d[k] = T.Zero;
                continue;
            }
            var sign = T.IsNegative(T.Zero - T.One) && (a[k] >> Math.Min(start + length - 1, bits - 1) & T.One) != T.Zero;
            var field = start >= bits ? T.Zero : T.CreateTruncating(ulong.CreateTruncating(a[k]) << 64 - bits >> 64 - bits + start);
            if (start + length > bits)
                length = Math.Max(bits - start, 0);
            var inside = length >= bits ? ~T.Zero : (T.One << length) - T.One;
            d[k] = sign ? field & inside | ~inside : field & inside;
        }
    }

    /// <summary>b with the lower bits of a put at bit c, as many as List[0] says.</summary>
    public static void Insert<T>(Warp w, Instruction* i, uint mask) where T : unmanaged, IBinaryInteger<T>
    {
        T* d = (T*)(w.R + i->D), a = (T*)(w.R + i->A), b = (T*)(w.R + i->B);
        uint* start = (uint*)(w.R + i->C), length = (uint*)(w.R + w.Pool[i->List]);
        var bits = 8 * sizeof(T);
        while (mask != 0)
        {
            var k = Lanes.Take(ref mask);
            int from = (int)(start[k] & 0xFF), count = (int)(length[k] & 0xFF);
            var inside = from >= bits || count == 0 ? T.Zero : (count >= bits ? ~T.Zero : (T.One << count) - T.One) << from;
            d[k] = b[k] & ~inside | (from >= bits ? T.Zero : a[k] << from) & inside;
        }
    }

    /// <summary>Any function of three bits: N is its truth table.</summary>
    public static void Logic3(Warp w, Instruction* i, uint mask)
    {
        uint* d = (uint*)(w.R + i->D), a = (uint*)(w.R + i->A), b = (uint*)(w.R + i->B), c = (uint*)(w.R + i->C);
        while (mask != 0)
        {
            var k = Lanes.Take(ref mask);
            uint result = 0;
            for (var row = 0; row < 8; row++)
                if ((i->N >> row & 1) != 0)
                    result |= ((row & 4) != 0 ? a[k] : ~a[k]) & ((row & 2) != 0 ? b[k] : ~b[k]) & ((row & 1) != 0 ? c[k] : ~c[k]);
            d[k] = result;
        }
    }

    /// <summary>The lower b bits of a, extended by sign (E = 1) or zeros; N = 1 wraps b, else it is clamped to 32.</summary>
    public static void Extend(Warp w, Instruction* i, uint mask)
    {
        uint* d = (uint*)(w.R + i->D), a = (uint*)(w.R + i->A), b = (uint*)(w.R + i->B);
        while (mask != 0)
        {
            var k = Lanes.Take(ref mask);
            var length = (int)(i->N != 0 ? b[k] & 31 : Math.Min(b[k], 32));
            d[k] = length == 0 ? 0 : i->E != 0 ? (uint)((int)(a[k] << 32 - length) >> 32 - length) : a[k] << 32 - length >> 32 - length;
        }
    }
}
