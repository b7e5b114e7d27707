using System.Numerics;
using System.Runtime.InteropServices;

namespace Histoseg.Engine.Checkpoints;

/// <summary>The types of numbers that files have, by safetensors' names: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL.</summary>
internal static class NumberTypes
{
    /// <summary>Bytes of one number; 0: there is no such type.</summary>
    public static int Bytes(string type) => type switch
    {
        "F64" or "I64" => 8,
        "F32" or "I32" => 4,
        "F16" or "BF16" or "I16" => 2,
        "U8" or "BOOL" or "I8" => 1,
        _ => 0,
    };

    /// <summary>Whether its numbers are floating-point.</summary>
    public static bool IsReal(string type) => type is "F64" or "F32" or "F16" or "BF16";

    /// <summary>The numbers of little-endian bytes.</summary>
    /// <param name="type">What they are.</param>
    /// <param name="bytes">As many as whole numbers take.</param>
    public static T[] Convert<T>(string type, ReadOnlySpan<byte> bytes) where T : unmanaged, INumber<T> => type switch
    {
        "F64" => Convert<double, T>(bytes),
        "F32" => Convert<float, T>(bytes),
        "F16" => Convert<Half, T>(bytes),
        "BF16" => Convert<float, T>(MemoryMarshal.AsBytes(Array.ConvertAll(
            MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), h => BitConverter.UInt32BitsToSingle((uint)h << 16)).AsSpan())),
        "I64" => Convert<long, T>(bytes),
        "I32" => Convert<int, T>(bytes),
        "I16" => Convert<short, T>(bytes),
        "I8" => Convert<sbyte, T>(bytes),
        _ => Convert<byte, T>(bytes),
    };

    private static T[] Convert<TFrom, T>(ReadOnlySpan<byte> bytes)
        where TFrom : unmanaged, INumber<TFrom>
        where T : unmanaged, INumber<T>
    {
        var from = MemoryMarshal.Cast<byte, TFrom>(bytes);
        var to = new T[from.Length];
        for (var i = 0; i < to.Length; i++)
            to[i] = T.CreateSaturating(from[i]);
        return to;
    }
}
