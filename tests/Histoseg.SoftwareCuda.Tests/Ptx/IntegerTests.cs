using System.Numerics;

namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>Integer and bit instructions against C#'s arithmetic.</summary>
public class IntegerTests
{
    public static TheoryData<string, Func<int, int, int>> TwoOperands => new()
    {
        { "add.s32", (a, b) => a + b },
        { "sub.s32", (a, b) => a - b },
        { "mul.lo.s32", (a, b) => a * b },
        { "mul.hi.s32", (a, b) => (int)((long)a * b >> 32) },
        { "mul.hi.u32", (a, b) => (int)((ulong)(uint)a * (uint)b >> 32) },
        { "mul24.lo.s32", (a, b) => (a << 8 >> 8) * (b << 8 >> 8) },
        { "mul24.lo.u32", (a, b) => (a & 0xFFFFFF) * (b & 0xFFFFFF) },
        { "div.s32", (a, b) => b == 0 ? -1 : (int)((long)a / b) },
        { "div.u32", (a, b) => b == 0 ? -1 : (int)((uint)a / (uint)b) },
        { "rem.s32", (a, b) => b == 0 ? a : (int)((long)a % b) },
        { "rem.u32", (a, b) => b == 0 ? a : (int)((uint)a % (uint)b) },
        { "min.s32", Math.Min },
        { "min.u32", (a, b) => (int)Math.Min((uint)a, (uint)b) },
        { "max.s32", Math.Max },
        { "max.u32", (a, b) => (int)Math.Max((uint)a, (uint)b) },
        { "and.b32", (a, b) => a & b },
        { "or.b32", (a, b) => a | b },
        { "xor.b32", (a, b) => a ^ b },
        { "shl.b32", (a, b) => (uint)b > 31 ? 0 : a << b },
        { "shr.u32", (a, b) => (uint)b > 31 ? 0 : (int)((uint)a >> b) },
        { "shr.s32", (a, b) => (uint)b > 31 ? a >> 31 : a >> b },
    };

    [Theory]
    [MemberData(nameof(TwoOperands))]
    public void Of_two_operands(string opcode, Func<int, int, int> expected)
    {
        var (a, b) = Evaluate.Pairs(Evaluate.Integers);
        Assert.Equal(a.Zip(b, expected), Evaluate.Instruction<int, int>(opcode + " {d}, {a}, {b};", "r", "r", a, b));
    }

    public static TheoryData<string, Func<int, int>> OneOperand => new()
    {
        { "neg.s32 {d}, {a};", a => -a },
        { "abs.s32 {d}, {a};", a => a < 0 ? -a : a },
        { "not.b32 {d}, {a};", a => ~a },
        { "cnot.b32 {d}, {a};", a => a == 0 ? 1 : 0 },
        { "popc.b32 {d}, {a};", a => BitOperations.PopCount((uint)a) },
        { "clz.b32 {d}, {a};", a => BitOperations.LeadingZeroCount((uint)a) },
        { "bfind.u32 {d}, {a};", a => a == 0 ? -1 : BitOperations.Log2((uint)a) },
        { "bfind.s32 {d}, {a};", a => a is 0 or -1 ? -1 : BitOperations.Log2((uint)(a < 0 ? ~a : a)) },
        { "bfind.shiftamt.u32 {d}, {a};", a => a == 0 ? -1 : 31 - BitOperations.Log2((uint)a) },
        { "brev.b32 {d}, {a};", a => Convert.ToInt32(new string([.. Convert.ToString(a, 2).PadLeft(32, '0').Reverse()]), 2) },
        { "prmt.b32 {d}, {a}, 0, 0x0123;", a => (int)BinaryPrimitivesSwap((uint)a) },
        { "prmt.b32 {d}, {a}, 0x44332211, 0xB654;", a => (a & unchecked((int)0x80000000)) != 0 ? unchecked((int)0xFF332211) : 0x00332211 },
        { "shl.b32 {d}, {a}, 5;", a => a << 5 },
        { "shl.b32 {d}, {a}, 40;", a => 0 },
        { "shr.s32 {d}, {a}, 3;", a => a >> 3 },
        { "shr.u32 {d}, {a}, 31;", a => (int)((uint)a >> 31) },
        { "shf.l.wrap.b32 {d}, {a}, {a}, 7;", a => (int)BitOperations.RotateLeft((uint)a, 7) },
        { "shf.r.wrap.b32 {d}, {a}, {a}, 39;", a => (int)BitOperations.RotateRight((uint)a, 7) },
        { "shf.r.clamp.b32 {d}, {a}, 0x1234, 39;", a => 0x1234 },
        { "shf.l.clamp.b32 {d}, {a}, 0x1234, 32;", a => a },
        { "bfe.u32 {d}, {a}, 4, 12;", a => (int)((uint)a >> 4 & 0xFFF) },
        { "bfe.s32 {d}, {a}, 4, 12;", a => a << 16 >> 20 },
        { "bfe.s32 {d}, {a}, 24, 20;", a => a >> 24 },
        { "bfe.u32 {d}, {a}, 3, 0;", a => 0 },
        { "bfi.b32 {d}, {a}, 0x55555555, 8, 8;", a => 0x55550055 | (a & 0xFF) << 8 },
        { "bfi.b32 {d}, {a}, 7, 0, 32;", a => a },
        { "lop3.b32 {d}, {a}, 0x0F0F0F0F, 0x33333333, 0x96;", a => a ^ 0x0F0F0F0F ^ 0x33333333 },
        { "lop3.b32 {d}, {a}, 0x0F0F0F0F, 0x33333333, 0xEA;", a => a & 0x0F0F0F0F | 0x33333333 },
        { "szext.wrap.s32 {d}, {a}, 9;", a => a << 23 >> 23 },
        { "szext.clamp.u32 {d}, {a}, 9;", a => a & 0x1FF },
        { "mad.lo.s32 {d}, {a}, 3, -5;", a => a * 3 - 5 },
        { "mad.hi.u32 {d}, {a}, 0x80000001, 4;", a => (int)((uint)a * 0x80000001ul >> 32) + 4 },
        { "mad24.lo.s32 {d}, {a}, 3, 4;", a => (a << 8 >> 8) * 3 + 4 },
        { "sad.s32 {d}, {a}, 5, 2;", a => (int)Math.Abs((long)a - 5) + 2 },
        { "selp.b32 {d}, {a}, 9, %p1;", a => (a & 1) != 0 ? a : 9 },
        { "slct.b32.s32 {d}, 1, 2, {a};", a => a >= 0 ? 1 : 2 },
        { "@%p1 mov.u32 {d}, 5;", a => (a & 1) != 0 ? 5 : 17 },
        { "@!%p1 add.s32 {d}, {a}, 1;", a => (a & 1) == 0 ? a + 1 : 17 },
        { "setp.lt.and.s32 %p2|%p3, {a}, 100, %p1;\nselp.b32 {d}, 1, 0, %p2;\n@%p3 add.s32 {d}, {d}, 2;", a => (a & 1) == 0 ? 0 : a < 100 ? 1 : 2 },
        { "setp.lt.or.s32 %p2, {a}, 100, !%p1;\nselp.b32 {d}, 1, 0, %p2;", a => a < 100 || (a & 1) == 0 ? 1 : 0 },
        { "setp.hi.u32 %p2, {a}, 100;\nxor.pred %p3, %p2, %p1;\nnot.pred %p4, %p3;\nselp.b32 {d}, 1, 0, %p4;", a => (uint)a > 100 == ((a & 1) != 0) ? 1 : 0 },
    };

    private static uint BinaryPrimitivesSwap(uint value) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value);

    [Theory]
    [MemberData(nameof(OneOperand))]
    public void Of_one_operand(string instruction, Func<int, int> expected)
    {
        var actual = Evaluate.Instruction<int, int>("and.b32 %r60, {a}, 1;\nsetp.eq.u32 %p1, %r60, 1;\nmov.u32 {d}, 17;\n" + instruction,
            "r", "r", Evaluate.Integers);
        Assert.Equal(Evaluate.Integers.Select(expected), actual);
    }

    [Fact]
    public void Wide_integers_are_computed_as_such()
    {
        var (a, b) = Evaluate.Pairs(Evaluate.Integers);
        Assert.Equal(a.Zip(b, (x, y) => (long)x * y), Evaluate.Instruction<int, long>("mul.wide.s32 {d}, {a}, {b};", "r", "rd", a, b));
        Assert.Equal(a.Zip(b, (x, y) => (long)((ulong)(uint)x * (uint)y)), Evaluate.Instruction<int, long>("mul.wide.u32 {d}, {a}, {b};", "r", "rd", a, b));
        Assert.Equal(a.Zip(b, (x, y) => (long)x * y + 77), Evaluate.Instruction<int, long>("mad.wide.s32 {d}, {a}, {b}, 77;", "r", "rd", a, b));
        Assert.Equal(a.Zip(b, (x, y) => (short)x * (short)y),
            Evaluate.Instruction<int, int>("cvt.u16.u32 %rs1, {a};\ncvt.u16.u32 %rs2, {b};\nmul.wide.s16 {d}, %rs1, %rs2;", "r", "r", a, b));
    }

    public static TheoryData<string, Func<long, long, long>> Long => new()
    {
        { "add.s64", (a, b) => a + b },
        { "sub.u64", (a, b) => a - b },
        { "mul.lo.s64", (a, b) => a * b },
        { "mul.hi.s64", (a, b) => (long)((Int128)a * b >> 64) },
        { "mul.hi.u64", (a, b) => (long)((UInt128)(ulong)a * (ulong)b >> 64) },
        { "div.s64", (a, b) => b == 0 ? -1 : b == -1 ? -a : a / b },
        { "rem.u64", (a, b) => b == 0 ? a : (long)((ulong)a % (ulong)b) },
        { "min.s64", Math.Min },
        { "max.u64", (a, b) => (long)Math.Max((ulong)a, (ulong)b) },
        { "xor.b64", (a, b) => a ^ b },
        { "and.b64", (a, b) => a & b },
    };

    [Theory]
    [MemberData(nameof(Long))]
    public void Long_integers(string opcode, Func<long, long, long> expected)
    {
        var (a, b) = Evaluate.Pairs([0L, 1, -1, 12345678901234567, long.MinValue, long.MaxValue, 3, -1L << 33]);
        Assert.Equal(a.Zip(b, expected), Evaluate.Instruction<long, long>(opcode + " {d}, {a}, {b};", "rd", "rd", a, b));
    }

    [Fact]
    public void Long_shifts_and_counts()
    {
        long[] a = [0, 1, -1, 12345678901234567, long.MinValue, 1L << 40];
        Assert.Equal(a.Select(x => x << 33), Evaluate.Instruction<long, long>("shl.b64 {d}, {a}, 33;", "rd", "rd", a));
        Assert.Equal(a.Select(x => x >> 63), Evaluate.Instruction<long, long>("mov.u32 %r1, 99;\nshr.s64 {d}, {a}, %r1;", "rd", "rd", a));
        Assert.Equal(a.Select(x => (int)long.LeadingZeroCount(x)), Evaluate.Instruction<long, int>("clz.b64 {d}, {a};", "rd", "r", a));
        Assert.Equal(a.Select(x => (int)long.PopCount(x)), Evaluate.Instruction<long, int>("popc.b64 {d}, {a};", "rd", "r", a));
        Assert.Equal(a.Select(x => x >> 5 & 0x1FFFFFFFF), Evaluate.Instruction<long, long>("bfe.u64 {d}, {a}, 5, 33;", "rd", "rd", a));
    }

    [Fact]
    public void Short_integers()
    {
        var (a, b) = Evaluate.Pairs<short>([0, 1, -1, 300, short.MinValue, short.MaxValue]);
        Assert.Equal(a.Zip(b, (x, y) => (short)(x + y)), Evaluate.Instruction<short, short>("add.s16 {d}, {a}, {b};", "rs", "rs", a, b));
        Assert.Equal(a.Zip(b, (x, y) => (short)(x * y)), Evaluate.Instruction<short, short>("mul.lo.s16 {d}, {a}, {b};", "rs", "rs", a, b));
        Assert.Equal(a.Zip(b, Math.Max), Evaluate.Instruction<short, short>("max.s16 {d}, {a}, {b};", "rs", "rs", a, b));
        Assert.Equal(a.Select(x => (short)((ushort)x >> 3)), Evaluate.Instruction<short, short>("shr.u16 {d}, {a}, 3;", "rs", "rs", a));
        Assert.Equal(a.Zip(b, (x, y) => (short)((ushort)x < (ushort)y ? 1 : 0)),
            Evaluate.Instruction<short, short>("setp.lt.u16 %p1, {a}, {b};\nselp.b16 {d}, 1, 0, %p1;", "rs", "rs", a, b));
    }

    [Fact]
    public void Pack_and_unpack()
    {
        Assert.Equal([0x56781234u, 0xBEEFDEADu],
            Evaluate.Instruction<uint, uint>("mov.b32 {%rs1, %rs2}, {a};\nmov.b32 {d}, {%rs2, %rs1};", "r", "r", [0x12345678u, 0xDEADBEEFu]));
        Assert.Equal([0x5566778811223344ul],
            Evaluate.Instruction<ulong, ulong>("mov.b64 {%r1, %r2}, {a};\nmov.b64 {d}, {%r2, %r1};", "rd", "rd", [0x1122334455667788ul]));
        Assert.Equal([0x11223344u], Evaluate.Instruction<ulong, uint>("mov.b64 {_, {d}}, {a};", "rd", "r", [0x1122334455667788ul]));
        Assert.Equal([0x3344u],
            Evaluate.Instruction<ulong, uint>("mov.b64 {%rs1, %rs2, %rs3, %rs4}, {a};\ncvt.u32.u16 {d}, %rs3;", "rd", "r", [0x1122334455667788ul]));
    }
}
