namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>cvt between all kinds of types.</summary>
public class ConversionTests
{
    [Fact]
    public void Float_to_integer_saturates_and_rounds()
    {
        var f = Evaluate.Floats;
        int[] Run(string opcode) => Evaluate.Instruction<float, int>(opcode + " {d}, {a};", "f", "r", f);
        Assert.Equal(f.Select(x => (int)MathF.Truncate(x)), Run("cvt.rzi.s32.f32"));
        Assert.Equal(f.Select(x => (int)(uint)MathF.Truncate(x)), Run("cvt.rzi.u32.f32"));
        Assert.Equal(f.Select(x => (int)MathF.Round(x, MidpointRounding.ToEven)), Run("cvt.rni.s32.f32"));
        Assert.Equal(f.Select(x => (int)MathF.Floor(x)), Run("cvt.rmi.s32.f32"));
        Assert.Equal(f.Select(x => (int)MathF.Ceiling(x)), Run("cvt.rpi.s32.f32"));
        Assert.Equal(f.Select(x => float.IsNaN(x) ? 0 : (int)(sbyte)Math.Clamp(MathF.Round(x, MidpointRounding.ToEven), -128, 127)), Run("cvt.rni.sat.s8.f32"));
        Assert.Equal(f.Select(x => float.IsNaN(x) ? 0 : (int)(byte)Math.Clamp(MathF.Round(x, MidpointRounding.ToEven), 0, 255)), Run("cvt.rni.u8.f32"));
        Assert.Equal(f.Select(x => (long)MathF.Truncate(x)), Evaluate.Instruction<float, long>("cvt.rzi.s64.f32 {d}, {a};", "f", "rd", f));
        Assert.Equal([int.MaxValue, int.MinValue, 0, int.MaxValue],
            Evaluate.Instruction<float, int>("cvt.rzi.s32.f32 {d}, {a};", "f", "r", [1e20f, -1e20f, float.NaN, float.PositiveInfinity]));
    }

    [Fact]
    public void Integer_to_float_rounds()
    {
        var n = Evaluate.Integers;
        Evaluate.Same([.. n.Select(x => (float)x)], Evaluate.Instruction<int, float>("cvt.rn.f32.s32 {d}, {a};", "r", "f", n), "s32");
        Evaluate.Same([.. n.Select(x => (float)(uint)x)], Evaluate.Instruction<int, float>("cvt.rn.f32.u32 {d}, {a};", "r", "f", n), "u32");
        Evaluate.Same([16777216f, 16777218f, 16777218f],
            Evaluate.Instruction<int, float>("cvt.rp.f32.s32 {d}, {a};", "r", "f", [16777216, 16777217, 16777218]), "rp");
        Evaluate.Same([16777216f, -16777216f], Evaluate.Instruction<int, float>("cvt.rz.f32.s32 {d}, {a};", "r", "f", [16777217, -16777217]), "rz");
        // a 64-bit integer just above a midpoint: rounding twice would go the wrong way
        Evaluate.Same([(float)0x4000004000000001L], Evaluate.Instruction<long, float>("cvt.rn.f32.s64 {d}, {a};", "rd", "f", [0x4000004000000001L]), "s64");
        Assert.Equal(n.Select(x => (double)x), Evaluate.Instruction<int, double>("cvt.rn.f64.s32 {d}, {a};", "r", "fd", n));
        Assert.Equal(n.Select(x => (float)(sbyte)x), Evaluate.Instruction<int, float>("cvt.rn.f32.s8 {d}, {a};", "r", "f", n));
    }

    [Fact]
    public void Integers_of_other_widths()
    {
        var n = Evaluate.Integers;
        Assert.Equal(n.Select(x => (long)x), Evaluate.Instruction<int, long>("cvt.s64.s32 {d}, {a};", "r", "rd", n));
        Assert.Equal(n.Select(x => (long)(uint)x), Evaluate.Instruction<int, long>("cvt.u64.u32 {d}, {a};", "r", "rd", n));
        Assert.Equal(n.Select(x => (int)(short)x), Evaluate.Instruction<int, int>("cvt.s32.s16 {d}, {a};", "r", "r", n));
        Assert.Equal(n.Select(x => (int)(sbyte)x), Evaluate.Instruction<int, int>("cvt.s32.s8 {d}, {a};", "r", "r", n));
        Assert.Equal(n.Select(x => x & 0xFF), Evaluate.Instruction<int, int>("cvt.u32.u8 {d}, {a};", "r", "r", n));
        Assert.Equal(n.Select(x => (int)(sbyte)Math.Clamp(x, -128, 127)), Evaluate.Instruction<int, int>("cvt.sat.s8.s32 {d}, {a};", "r", "r", n));
        Assert.Equal(n.Select(x => Math.Clamp(x, 0, 255)), Evaluate.Instruction<int, int>("cvt.sat.u8.s32 {d}, {a};", "r", "r", n));
        Assert.Equal(n.Select(x => (short)x), Evaluate.Instruction<int, short>("cvt.u16.u32 {d}, {a};", "r", "rs", n));
        Assert.Equal([1, -1], Evaluate.Instruction<long, int>("cvt.u32.u64 {d}, {a};", "rd", "r", [0x700000001L, -1]));
    }

    [Fact]
    public void Floats_of_other_widths()
    {
        double[] values = [1, 0.1, 1e-45, 1e300, -3.00000000001, double.NaN, 0.5 + 1e-12];
        Evaluate.Same([.. values.Select(x => (float)x)], Evaluate.Instruction<double, float>("cvt.rn.f32.f64 {d}, {a};", "fd", "f", values), "rn");
        Evaluate.Same([MathF.BitDecrement(0.1f), float.MaxValue, -3],
            Evaluate.Instruction<double, float>("cvt.rz.f32.f64 {d}, {a};", "fd", "f", [0.1, 1e300, -3.00000000001]), "rz");
        Evaluate.Same([MathF.BitIncrement(1f), -3],
            Evaluate.Instruction<double, float>("cvt.rp.f32.f64 {d}, {a};", "fd", "f", [1 + 1e-12, -3.00000000001]), "rp");
        Evaluate.Same([1, MathF.BitDecrement(-3f)],
            Evaluate.Instruction<double, float>("cvt.rm.f32.f64 {d}, {a};", "fd", "f", [1 + 1e-12, -3.00000000001]), "rm");
        Assert.Equal(Evaluate.Floats.Select(x => (double)x), Evaluate.Instruction<float, double>("cvt.f64.f32 {d}, {a};", "f", "fd", Evaluate.Floats));
        Assert.Equal(Evaluate.Floats.Select(x => float.IsNaN(x) ? (ushort)0x7FFF : BitConverter.HalfToUInt16Bits((Half)x)),
            Evaluate.Instruction<float, ushort>("cvt.rn.f16.f32 {d}, {a};", "f", "rs", Evaluate.Floats)
                .Select(x => Half.IsNaN(BitConverter.UInt16BitsToHalf(x)) ? (ushort)0x7FFF : x));
        Assert.Equal([1.5f, -2, float.PositiveInfinity], Evaluate.Instruction<ushort, float>("cvt.f32.f16 {d}, {a};", "rs", "f", [0x3E00, 0xC000, 0x7C00]));
    }

    [Fact]
    public void Tf32_rounds_to_ten_bits()
    {
        uint[] bits = [0x3F800000, 0x3F800FFF, 0x3F801000, 0x3F803000, 0xBF801000, 0x7F800000];
        Assert.Equal([0x3F800000u, 0x3F800000u, 0x3F802000u, 0x3F804000u, 0xBF802000u, 0x7F800000u],
            Evaluate.Instruction<uint, uint>("mov.b32 %f1, {a};\ncvt.rna.tf32.f32 {d}, %f1;", "r", "r", bits));
    }
}
