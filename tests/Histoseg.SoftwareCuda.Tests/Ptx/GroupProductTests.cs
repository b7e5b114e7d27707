using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>
/// wgmma with both matrices in shared memory, or A in registers. Where an element lies is written down here once more, as the PTX manual and CUTLASS
/// describe the canonical layouts of 128, 64 and 32 bytes, and products are compared with a plain loop.
/// </summary>
public class GroupProductTests
{
    private const int Depth = 16, Rows = 64, Threads = 128, RowRegisters = 4, Pattern = 1024;

    /// <summary>Byte of an element: eight rows of so many bytes make a pattern; within, the 16-byte piece is mixed with the row.</summary>
    private static int Place(bool isAcross, int row, int k, int bytes)
    {
        var elements = bytes / 2;
        var (pattern, line, at) = isAcross ? (row / elements * 2 + k / 8, k % 8, row % elements * 2) : (row / 8, row % 8, k * 2);
        return pattern * 8 * bytes + line * bytes + ((at / 16 ^ line * bytes / 128) * 16 + at % 16);
    }

    private static int[,] Random(Random random, int rows)
    {
        var made = new int[rows, Depth];
        for (var i = 0; i < made.Length; i++)
            made[i / Depth, i % Depth] = random.Next(-20, 20);
        return made;
    }

    /// <summary>The two matrices as they lie in shared memory, B behind A.</summary>
    private static (ushort[] Image, int B) Image(int[,] a, int[,] b, bool acrossA, bool acrossB)
    {
        var behind = acrossA ? 2 * Pattern : Rows / 8 * Pattern;
        var image = new ushort[(behind + (acrossB ? (b.GetLength(0) + 63) / 64 * 2 : b.GetLength(0) / 8) * Pattern) / 2];
        Fill(a, acrossA, 0);
        Fill(b, acrossB, behind);
        return (image, behind);

        void Fill(int[,] matrix, bool isAcross, int from)
        {
            for (var row = 0; row < matrix.GetLength(0); row++)
                for (var k = 0; k < Depth; k++)
                    image[(from + Place(isAcross, row, k, 128)) / 2] = Bf16(matrix[row, k]);
        }
    }

    private static ushort Bf16(int number) => (ushort)(BitConverter.SingleToUInt32Bits(number) >> 16);

    /// <summary>The registers that hold A, thread by thread, and behind them B as it lies in shared memory.</summary>
    private static (ushort[] Image, int B) ImageOfRegisters(int[,] a, int[,] b, bool acrossB, int bytes)
    {
        const int behind = Threads * RowRegisters * 4;
        var image = new ushort[behind / 2 + b.Length * (acrossB ? 1 : bytes / 2 / Depth)];
        for (var at = 0; at < behind / 2; at++)
        {
            // as the PTX manual lists the fragment of A in registers
            var (thread, register, half) = (at / 2 / RowRegisters, at / 2 % RowRegisters, at % 2);
            image[at] = Bf16(a[16 * (thread / 32) + thread % 32 / 4 + (register % 2 == 1 ? 8 : 0), thread % 4 * 2 + (register >= 2 ? 8 : 0) + half]);
        }
        for (var row = 0; row < b.GetLength(0); row++)
            for (var k = 0; k < Depth; k++)
                image[(behind + Place(acrossB, row, k, bytes)) / 2] = Bf16(b[row, k]);
        return (image, behind);
    }

    // A pattern's length to the next pattern of rows, or of k; blocks of rows across k are two patterns long here.
    private static ulong Described(int at, int bytes = 128) =>
        (ulong)(bytes == 128 ? 1 : bytes == 64 ? 2 : 3) << 62 | (ulong)(8 * bytes >> 4) << 32 | (ulong)(16 * bytes >> 4) << 16 | (uint)at >> 4;

    private static string Sums(int columns) => "{" + string.Join(", ", Enumerable.Range(0, columns / 2).Select(r => $"%s{r}")) + "}";

    private static string Multiply(int columns, int b, bool acrossA = false, bool acrossB = false, bool adds = true) => $"""
        setp.eq.u32 %p1, %r70, {(adds ? "%r70" : "4096")};
        wgmma.mma_async.sync.aligned.m64n{columns}k16.f32.bf16.bf16
            {Sums(columns)}, {Described(0)}, {Described(b)}, %p1, 1, 1, {(acrossA ? 1 : 0)}, {(acrossB ? 1 : 0)};

        """;

    /// <summary>Takes A's registers from the front of the image, and multiplies them.</summary>
    private static string MultiplyRegisters(int columns, int b, bool acrossB, int bytes) => $"""
        mul.lo.u32 %r71, %r70, 16;
        {string.Concat(Enumerable.Range(0, RowRegisters).Select(r => $"ld.shared.u32 %r{72 + r}, [%r71+{4 * r}];\n"))}
        {Fence}
        setp.eq.u32 %p1, %r70, %r70;
        wgmma.mma_async.sync.aligned.m64n{columns}k16.f32.bf16.bf16
            {Sums(columns)}, {"{%r72, %r73, %r74, %r75}"}, {Described(b, bytes)}, %p1, 1, 1, {(acrossB ? 1 : 0)};

        """;

    /// <summary>Copies the image from p1, puts ones into the sums, does <paramref name="body"/> and stores the sums to p0.</summary>
    private static string Kernel(int columns, int bytes, string body, string fence = "fence.proxy.async.shared::cta;") => $$"""
        .reg .f32 %s<{{columns / 2}}>;
        mov.u32 %r70, %tid.x;
        mov.u32 %r1, %r70;
        $copy:
        mul.wide.u32 %rd10, %r1, 4;
        add.u64 %rd11, %rd1, %rd10;
        ld.global.u32 %r2, [%rd11];
        shl.b32 %r3, %r1, 2;
        st.shared.u32 [%r3], %r2;
        add.u32 %r1, %r1, {{Threads}};
        setp.lt.u32 %p2, %r1, {{bytes / 4}};
        @%p2 bra $copy;
        bar.sync 0;
        {{fence}}
        {{string.Concat(Enumerable.Range(0, columns / 2).Select(r => $"mov.f32 %s{r}, 0f3F800000;\n"))}}
        {{body}}
        mad.wide.u32 %rd10, %r70, {{2 * columns}}, %rd0;
        {{string.Concat(Enumerable.Range(0, columns / 2).Select(r => $"st.global.f32 [%rd10+{4 * r}], %s{r};\n"))}}
        """;

    private static float[] Run(int columns, ushort[] image, string kernel, string target = "sm_90a")
    {
        using var memory = new TestMemory();
        var result = memory.Add<float>(new float[Threads * columns / 2]);
        Kernels.Body(kernel, 2, target).Run(memory, new(1), new(Threads), [result, memory.Add<ushort>(image)], (uint)image.Length * 2);
        return memory.Read<float>(result);
    }

    private const string Fence = "wgmma.fence.sync.aligned;\n", Commit = "wgmma.commit_group.sync.aligned;\n";

    private static string Wait(int allowed) => $"wgmma.wait_group.sync.aligned {allowed};\n";

    [Theory]
    [InlineData(8, false, false, true)]
    [InlineData(64, false, false, true)]
    [InlineData(256, false, false, false)]
    [InlineData(64, true, false, true)]
    [InlineData(128, false, true, true)]
    [InlineData(256, true, true, true)]
    public void Products(int columns, bool acrossA, bool acrossB, bool adds)
    {
        var random = new Random(columns);
        var (a, b) = (Random(random, Rows), Random(random, columns));
        var (image, behind) = Image(a, b, acrossA, acrossB);
        AssertProduct(a, b, adds ? 1 : 0,
            Run(columns, image, Kernel(columns, image.Length * 2, Fence + Multiply(columns, behind, acrossA, acrossB, adds) + Commit + Wait(0))));
    }

    [Theory]
    [InlineData(8, false, 32)]
    [InlineData(32, false, 32)]
    [InlineData(64, false, 64)]
    [InlineData(32, true, 64)]
    [InlineData(96, true, 64)]
    [InlineData(32, true, 32)]
    [InlineData(64, true, 128)]
    public void Products_of_rows_in_registers(int columns, bool acrossB, int bytes)
    {
        var random = new Random(columns);
        var (a, b) = (Random(random, Rows), Random(random, columns));
        var (image, behind) = ImageOfRegisters(a, b, acrossB, bytes);
        AssertProduct(a, b, 1,
            Run(columns, image, Kernel(columns, image.Length * 2, MultiplyRegisters(columns, behind, acrossB, bytes) + Commit + Wait(0))));
    }

    private static void AssertProduct(int[,] a, int[,] b, int before, float[] actual)
    {
        var columns = b.GetLength(0);
        for (var thread = 0; thread < Threads; thread++)
            for (var r = 0; r < columns / 2; r++)
            {
                // as the PTX manual lists the fragment of D
                var row = 16 * (thread / 32) + thread % 32 / 4 + (r % 4 >= 2 ? 8 : 0);
                var column = 8 * (r / 4) + thread % 4 * 2 + r % 2;
                var expected = before;
                for (var k = 0; k < Depth; k++)
                    expected += a[row, k] * b[column, k];
                Assert.Equal(expected, actual[thread * columns / 2 + r]);
            }
    }

    [Fact]
    public void Registers_that_are_read_are_left_alone_until_they_are_waited_for()
    {
        var ones = new int[Rows, Depth];
        var (image, behind) = ImageOfRegisters(ones, ones, false, 32);
        string Body(string between, string after) =>
            Kernel(64, image.Length * 2, MultiplyRegisters(64, behind, false, 32) + Commit + between + Wait(0) + after);
        Run(64, image, Body("", "mov.u32 %r73, 7;"));
        Assert.Equal(FaultKind.MissingWait, Assert.Throws<DeviceFault>(() => Run(64, image, Body("mov.u32 %r73, 7;", ""))).Kind);
        // A matrix begins with a pattern, not with a row of one; and the warps of a group multiply by the same.
        Assert.Equal(FaultKind.BadInstruction, Assert.Throws<DeviceFault>(() => Run(8, image, Kernel(8, image.Length * 2,
            MultiplyRegisters(8, behind + 32, false, 32) + Commit + Wait(0)))).Kind);
        Assert.Equal(FaultKind.BadInstruction, Assert.Throws<DeviceFault>(() => Run(8, image, Kernel(8, image.Length * 2,
            MultiplyRegisters(8, behind + 64, false, 64) + Commit + Wait(0)))).Kind);
        Assert.Equal(FaultKind.DivergentBarrier, Assert.Throws<DeviceFault>(() => Run(8, image, Kernel(8, image.Length * 2, $"""
            shr.u32 %r76, %r70, 5;
            mul.wide.u32 %rd12, %r76, 16;
            add.u64 %rd12, %rd12, {Described(behind, 32)};

            """ + MultiplyRegisters(8, behind, false, 32).Replace($"{Described(behind, 32)}", "%rd12", StringComparison.Ordinal) + Commit + Wait(0)))).Kind);
        // Behind it, the fence that let the first product read the registers is none for another.
        Assert.Equal(FaultKind.MissingFence, Assert.Throws<DeviceFault>(() =>
            Run(64, image, Body("", MultiplyRegisters(64, behind, false, 32).Replace(Fence, "", StringComparison.Ordinal) + Commit + Wait(0)))).Kind);
    }

    private static (ushort[] Image, int Behind) Ones()
    {
        var ones = new int[Rows, Depth];
        for (var i = 0; i < ones.Length; i++)
            ones[i / Depth, i % Depth] = 1;
        return Image(ones, ones, false, false);
    }

    [Fact]
    public void Sums_are_no_numbers_until_they_are_waited_for()
    {
        var (image, behind) = Ones();
        var multiply = Fence + Multiply(64, behind) + Commit;
        string Copied(int allowed) => Kernel(64, image.Length * 2,
            multiply + multiply + Wait(allowed) + "mov.f32 %f1, %s0;\n" + Wait(0) + "mov.f32 %s0, %f1;");
        Assert.Equal(33, Run(64, image, Copied(0))[0]);
        Assert.True(float.IsNaN(Run(64, image, Copied(1))[0]));
        Assert.Equal(33, Run(64, image, Copied(1))[1]);
    }

    [Fact]
    public void What_is_read_must_be_fenced_for_products_and_left_alone_until_they_are_waited_for()
    {
        var (image, behind) = Ones();
        var multiply = Fence + Multiply(64, behind) + Commit;
        string Body(string after, string fence = "fence.proxy.async;") => Kernel(64, image.Length * 2, multiply + after, fence);
        Run(64, image, Body(Wait(0) + "bar.sync 0;\nst.shared.u32 [%r3], %r2;"));
        Assert.Equal(FaultKind.MissingFence, Fault(Body(Wait(0), fence: "")));
        // What is written behind the fence is not fenced.
        Assert.Equal(FaultKind.MissingFence, Fault(Body(Wait(0), fence: "fence.proxy.async;\nst.shared.u32 [%r3+-512], %r2;\nbar.sync 0;")));
        // One lane's fence is none for the others, and that for barriers none for what products read.
        Assert.Equal(FaultKind.MissingFence, Fault(Body(Wait(0), fence: "setp.eq.u32 %p3, %r70, 0;\n@%p3 fence.proxy.async;")));
        Assert.Equal(FaultKind.MissingFence, Fault(Body(Wait(0), fence: "fence.mbarrier_init.release.cluster;")));
        Assert.Equal(FaultKind.SharedRace, Fault(Body("bar.sync 0;\nst.shared.u32 [%r3], %r2;\nfence.proxy.async;\n" + Wait(0))));
        Assert.Equal(FaultKind.SharedRace, Fault(Body(Wait(0) + "st.shared.u32 [%r3], %r2;")));
        Assert.Equal(FaultKind.MissingWait, Fault(Body("")));

        FaultKind Fault(string kernel) => Assert.Throws<DeviceFault>(() => Run(64, image, kernel)).Kind;
    }

    [Fact]
    public void Misuse_is_told()
    {
        var (image, behind) = Ones();
        DeviceFault Fault(string body) => Assert.Throws<DeviceFault>(() => Run(64, image, Kernel(64, image.Length * 2, body)));

        Assert.Equal(FaultKind.MissingFence, Fault(Multiply(64, behind) + Commit + Wait(0)).Kind);
        Assert.Equal(FaultKind.MissingFence, Fault(Fence + Multiply(64, behind) + Commit + Wait(0) + Multiply(64, behind) + Commit + Wait(0)).Kind);
        Assert.Equal(FaultKind.DivergentBarrier, Fault("setp.lt.u32 %p3, %r70, 32;\n@%p3 bra $past;\n"
            + Fence + Multiply(64, behind) + Commit + Wait(0) + "$past:\n").Kind);
        Assert.Equal(FaultKind.BadInstruction, Fault(Fence + Multiply(64, behind + 128) + Commit + Wait(0)).Kind);
        Assert.Equal(FaultKind.OutOfBounds, Fault(Fence + Multiply(64, behind + Pattern) + Commit + Wait(0)).Kind);
        Assert.Throws<PtxError>(() => Run(64, image, Kernel(64, image.Length * 2, Fence), "sm_90"));
    }

    [Theory]
    [InlineData(232, 200, true)]
    [InlineData(232, 256, false)]
    public void Registers_move_from_group_to_group(int first, int second, bool fits)
    {
        // 65536 registers among 384 threads are 170, in steps of eight 168. The first group leaves 144 for a thread of each of the others together.
        var kernel = PtxModule.Parse($$"""
            .version 8.0
            .target sm_90a
            .address_size 64
            .visible .entry k()
            .maxntid 384, 1, 1
            {
            .reg .pred %p<3>;
            .reg .b32 %r<3>;
            mov.u32 %r1, %tid.x;
            setp.ge.u32 %p1, %r1, 128;
            @%p1 bra $more;
            setmaxnreg.dec.sync.aligned.u32 24;
            ret;
            $more:
            setp.ge.u32 %p2, %r1, 256;
            @%p2 bra $other;
            setmaxnreg.inc.sync.aligned.u32 {{first}};
            ret;
            $other:
            setmaxnreg.inc.sync.aligned.u32 {{second}};
            ret;
            }
            """).Kernels["k"];
        using var memory = new TestMemory();
        void Go() => kernel.Run(memory, new(1), new(384), []);
        if (fits)
            Go();
        else
            Assert.Equal(FaultKind.EndlessLoop, Assert.Throws<DeviceFault>(Go).Kind);
    }
}
