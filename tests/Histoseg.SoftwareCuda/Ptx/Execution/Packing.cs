using System.Runtime.CompilerServices;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>mov between a register and the N parts of it, of Width bytes each, that the list names.</summary>
internal static unsafe class Packing
{
    public static void Pack(Warp w, Instruction* i, uint mask)
    {
        var d = w.R + i->D;
        var bytes = i->Width * i->N;
        var values = stackalloc byte[16];
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            for (var part = 0; part < i->N; part++)
                Copy(values + part * i->Width, w.R + w.Pool[i->List + part] + lane * i->Width, i->Width);
            Copy(d + lane * bytes, values, bytes);
        }
    }

    public static void Unpack(Warp w, Instruction* i, uint mask)
    {
        var bytes = i->Width * i->N;
        var values = stackalloc byte[16];
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            Copy(values, w.R + i->A + lane * bytes, bytes);
            for (var part = 0; part < i->N; part++)
                Copy(w.R + w.Pool[i->List + part] + lane * i->Width, values + part * i->Width, i->Width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* to, byte* from, int bytes)
    {
        if (bytes == 2)
            *(ushort*)to = *(ushort*)from;
        else if (bytes == 4)
            *(uint*)to = *(uint*)from;
        else
            Unsafe.CopyBlockUnaligned(to, from, (uint)bytes);
    }
}
