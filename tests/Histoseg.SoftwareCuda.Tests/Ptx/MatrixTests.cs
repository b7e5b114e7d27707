namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>
/// ldmatrix and mma.sync. The fragments' layouts are written down here once more, element by element as the PTX manual lists them
/// (groupID = lane / 4, threadID_in_group = lane % 4), and products are compared with a plain loop.
/// </summary>
public class MatrixTests
{
    private static ushort Bf16(int value) => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);

    [Theory]
    [InlineData("m16n8k16", "bf16", 16)]
    [InlineData("m16n8k8", "bf16", 8)]
    [InlineData("m16n8k16", "f16", 16)]
    [InlineData("m16n8k8", "f16", 8)]
    public void Half_products(string shape, string type, int depth)
    {
        var random = new Random(depth);
        var (a, b, c) = Random(random, depth);
        ushort Bits(int value) => type == "bf16" ? Bf16(value) : BitConverter.HalfToUInt16Bits((Half)value);
        // element i of a lane's fragment of A: a[row, column]
        var fragmentA = Enumerable.Range(0, 32 * depth / 2).Select(k =>
        {
            var (lane, i) = (k / (depth / 2), k % (depth / 2));
            var row = i is 0 or 1 or 4 or 5 ? lane / 4 : lane / 4 + 8;
            var column = lane % 4 * 2 + (i & 1) + (i >= 4 ? 8 : 0);
            return Bits(a[row, column]);
        }).ToArray();
        var fragmentB = Enumerable.Range(0, 32 * depth / 4).Select(k =>
        {
            var (lane, i) = (k / (depth / 4), k % (depth / 4));
            return Bits(b[lane % 4 * 2 + (i & 1) + (i >= 2 ? 8 : 0), lane / 4]);
        }).ToArray();
        Check(shape, type, depth / 4, depth / 8, fragmentA, fragmentB, a, b, c, depth);
    }

    [Theory]
    [InlineData("m16n8k8", 8)]
    [InlineData("m16n8k4", 4)]
    public void Tf32_products(string shape, int depth)
    {
        var (a, b, c) = Random(new(depth), depth);
        // bits below the upper 19 are not read
        uint Bits(int value) => BitConverter.SingleToUInt32Bits(value) | 0x1FFF;
        var fragmentA = Enumerable.Range(0, 32 * depth / 2).Select(k =>
        {
            var (lane, i) = (k / (depth / 2), k % (depth / 2));
            return Bits(a[i is 0 or 2 ? lane / 4 : lane / 4 + 8, i < 2 ? lane % 4 : lane % 4 + 4]);
        }).ToArray();
        var fragmentB = Enumerable.Range(0, 32 * depth / 4).Select(k =>
        {
            var (lane, i) = (k / (depth / 4), k % (depth / 4));
            return Bits(b[lane % 4 + 4 * i, lane / 4]);
        }).ToArray();
        Check(shape, "tf32", depth / 2, depth / 4, fragmentA, fragmentB, a, b, c, depth);
    }

    private static (int[,] A, int[,] B, float[,] C) Random(Random random, int depth)
    {
        var (a, b, c) = (new int[16, depth], new int[depth, 8], new float[16, 8]);
        for (var k = 0; k < depth; k++)
        {
            for (var row = 0; row < 16; row++)
                a[row, k] = random.Next(-20, 20);
            for (var column = 0; column < 8; column++)
                b[k, column] = random.Next(-20, 20);
        }
        for (var k = 0; k < 128; k++)
            c[k / 8, k % 8] = random.Next(-100, 100);
        return (a, b, c);
    }

    private static void Check<T>(string shape, string type, int aRegisters, int bRegisters, T[] fragmentA, T[] fragmentB,
        int[,] a, int[,] b, float[,] c, int depth)
        where T : unmanaged
    {
        static (int Row, int Column) Accumulator(int lane, int i) => (i < 2 ? lane / 4 : lane / 4 + 8, lane % 4 * 2 + (i & 1));

        var fragmentC = Enumerable.Range(0, 128).Select(k => Accumulator(k / 4, k % 4) is var (row, column) ? c[row, column] : 0).ToArray();
        string Registers(string kind, int first, int count) => "{" + string.Join(", ", Enumerable.Range(first, count).Select(r => $"%{kind}{r}")) + "}";
        string Load(int pointer, string kind, int first, int count) => $"mad.wide.u32 %rd70, %r70, {4 * count}, %rd{pointer};\n"
            + string.Concat(Enumerable.Range(0, count).Select(r => $"ld.global.b32 %{kind}{first + r}, [%rd70+{4 * r}];\n"));
        using var memory = new TestMemory();
        var d = memory.Add<float>(new float[128]);
        var (sum, left, right, plus) = (Registers("f", 5, 4), Registers("r", 1, aRegisters), Registers("r", 11, bRegisters), Registers("f", 1, 4));
        var kernel = Kernels.Body("mov.u32 %r70, %laneid;\n" + Load(1, "r", 1, aRegisters) + Load(2, "r", 11, bRegisters) + Load(3, "f", 1, 4) + $"""
            mma.sync.aligned.{shape}.row.col.f32.{type}.{type}.f32 {sum}, {left}, {right}, {plus};
            mad.wide.u32 %rd70, %r70, 16, %rd0;
            st.global.v4.f32 [%rd70], {sum};
            """, 4);
        kernel.Run(memory, new(1), new(32), [d, memory.Add<T>(fragmentA), memory.Add<T>(fragmentB), memory.Add<float>(fragmentC)]);

        var actual = memory.Read<float>(d);
        for (var k = 0; k < 128; k++)
        {
            var (row, column) = Accumulator(k / 4, k % 4);
            var expected = c[row, column];
            for (var p = 0; p < depth; p++)
                expected += a[row, p] * b[p, column];
            Assert.Equal(expected, actual[k]);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(4, true)]
    public void Load_matrix(int count, bool isTransposed)
    {
        // four matrices of 8×8 numbers, rows 48 bytes apart, numbered 100·matrix + 10·row + column
        var registers = "{" + string.Join(", ", Enumerable.Range(1, count).Select(r => $"%r{r}")) + "}";
        var kernel = Kernels.Body($$"""
            .shared .align 16 .b8 tile[1536];
            mov.u32 %r70, %laneid;
            mov.u32 %r71, tile;
            mad.lo.u32 %r72, %r70, 48, %r71;
            mad.wide.u32 %rd70, %r70, 16, %rd1;
            ld.global.v4.b32 {%r60, %r61, %r62, %r63}, [%rd70];
            st.shared.v4.b32 [%r72], {%r60, %r61, %r62, %r63};
            bar.sync 0;
            ldmatrix.sync.aligned.m8n8.x{{count}}{{(isTransposed ? ".trans" : "")}}.shared.b16 {{registers}}, [%r72];
            mad.wide.u32 %rd70, %r70, {{4 * count}}, %rd0;
            {{string.Concat(Enumerable.Range(0, count).Select(r => $"st.global.b32 [%rd70+{4 * r}], %r{r + 1};\n"))}}
            """, 2);
        var rows = Enumerable.Range(0, 256).Select(k => (ushort)(k / 64 * 100 + k / 8 % 8 * 10 + k % 8)).ToArray();
        using var memory = new TestMemory();
        var result = memory.Add<ushort>(new ushort[64 * count]);
        kernel.Run(memory, new(1), new(32), [result, memory.Add<ushort>(rows)]);
        var actual = memory.Read<ushort>(result);
        for (var lane = 0; lane < 32; lane++)
            for (var matrix = 0; matrix < count; matrix++)
                for (var half = 0; half < 2; half++)
                {
                    var (row, column) = (lane / 4, lane % 4 * 2 + half);
                    Assert.Equal(matrix * 100 + (isTransposed ? column * 10 + row : row * 10 + column), actual[lane * 2 * count + matrix * 2 + half]);
                }
    }
}
