namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>Loads, stores and atomics of all widths and spaces.</summary>
public class MemoryTests
{
    [Fact]
    public void Narrow_loads_extend()
    {
        byte[] bytes = [.. Enumerable.Range(0, 64).Select(k => (byte)(k * 37))];
        long[] Run(string load) => Launch(bytes, $"cvt.u64.u32 %rd71, %r70;\nadd.u64 %rd70, %rd1, %rd71;\n{load}");
        Assert.Equal(bytes.Take(32).Select(b => (long)b), Run("ld.global.u8 %rd60, [%rd70];"));
        Assert.Equal(bytes.Take(32).Select(b => (long)(sbyte)b), Run("ld.global.s8 %rd60, [%rd70];"));
        Assert.Equal(bytes.Take(32).Select(b => (long)(uint)(sbyte)b), Run("ld.global.nc.s8 %r60, [%rd70];\ncvt.u64.u32 %rd60, %r60;"));
        Assert.Equal(Enumerable.Range(0, 32).Select(k => (long)BitConverter.ToInt16(bytes, 2 * k)),
            Launch(bytes, "mad.wide.u32 %rd70, %r70, 2, %rd1;\nld.global.L1::no_allocate.s16 %rd60, [%rd70];"));
        Assert.Equal(Enumerable.Range(0, 32).Select(k => (long)BitConverter.ToUInt16(bytes, 2 * k)),
            Launch(bytes, "mad.wide.u32 %rd70, %r70, 2, %rd1;\nld.volatile.global.u16 %rs1, [%rd70];\ncvt.u64.u16 %rd60, %rs1;"));
    }

    private static long[] Launch<T>(T[] input, string body) where T : unmanaged
    {
        using var memory = new TestMemory();
        var result = memory.Add<long>(new long[32]);
        Kernels.Body($"mov.u32 %r70, %tid.x;\n{body}\nmad.wide.u32 %rd72, %r70, 8, %rd0;\nst.global.u64 [%rd72], %rd60;", 2)
            .Run(memory, new(1), new(32), [result, memory.Add<T>(input)]);
        return memory.Read<long>(result);
    }

    [Theory]
    [InlineData("")]
    [InlineData("@%p1 ")]
    public void Vectors_are_moved_whole(string guard)
    {
        // consecutive lanes take one path through the loads, guarded ones another
        int[] input = [.. Enumerable.Range(0, 128)];
        var result = Launch(input, $$"""
            setp.ge.u32 %p1, %r70, 1;
            mad.wide.u32 %rd70, %r70, 16, %rd1;
            mov.u32 %r1, 0;
            mov.u32 %r4, 0;
            {{guard}}ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd70];
            {{guard}}st.global.v2.u32 [%rd70+8], {%r1, %r1};
            ld.global.v2.u64 {%rd61, %rd60}, [%rd70];
            cvt.u64.u32 %rd62, %r4;
            xor.b64 %rd60, %rd60, %rd62;
            """);
        Assert.Equal(Enumerable.Range(0, 32).Select(k => k == 0 && guard != "" ? 3L << 32 | 2 : (4L * k << 32 | 4L * k) ^ (4L * k + 3)), result);
    }

    [Fact]
    public void Shared_memory_has_generic_addresses()
    {
        var result = Launch(new int[1], """
            .shared .align 8 .b8 tile[256];
            mov.u64 %rd61, tile;
            cvta.shared.u64 %rd62, %rd61;
            mad.wide.u32 %rd63, %r70, 8, %rd62;
            cvt.u64.u32 %rd64, %r70;
            st.u64 [%rd63], %rd64;
            bar.sync 0;
            cvta.to.shared.u64 %rd65, %rd63;
            cvt.u32.u64 %r1, %rd65;
            xor.b32 %r2, %r1, 24;
            ld.shared.u64 %rd66, [%r2];
            cvta.to.shared.u64 %rd67, %rd62;
            ld.u64 %rd68, [%rd62+8];
            shl.b64 %rd68, %rd68, 32;
            or.b64 %rd60, %rd66, %rd68;
            """);
        Assert.Equal(Enumerable.Range(0, 32).Select(k => (long)(k ^ 3) | 1L << 32), result);
    }

    [Fact]
    public void Shared_memory_starts_as_NaN() =>
        Assert.All(Launch(new int[1], """
            .shared .align 4 .b8 tile[128];
            mov.u32 %r1, tile;
            mad.lo.u32 %r1, %r70, 4, %r1;
            ld.shared.f32 %f1, [%r1];
            testp.notanumber.f32 %p1, %f1;
            selp.b64 %rd60, 1, 0, %p1;
            """), value => Assert.Equal(1, value));

    [Theory]
    [InlineData("add.u32", 100, 3, 132)]
    [InlineData("min.s32", 5, -3, -3)]
    [InlineData("max.u32", 5, 77, 77)]
    [InlineData("and.b32", 0xFF, 0x0F, 0x0F)]
    [InlineData("or.b32", 0xF0, 0x0F, 0xFF)]
    [InlineData("inc.u32", 0, 100, 32)]
    [InlineData("dec.u32", 40, 100, 8)]
    [InlineData("exch.b32", 1, 9, 9)]
    public void Atomics_give_back_what_was_there(string operation, int start, int operand, int expected)
    {
        if (operation == "add.u32")
            operand = 1;
        foreach (var space in new[] { "global", "" })
        {
            using var memory = new TestMemory();
            var (result, value) = (memory.Add<int>(new int[64]), memory.Add<int>(start));
            Kernels.Body($"""
                mov.u32 %r70, %tid.x;
                mad.wide.u32 %rd70, %r70, 4, %rd0;
                atom.{space}.{operation} %r1, [%rd1], {operand};
                st.global.u32 [%rd70], %r1;
                """.Replace("..", "."), 2).Run(memory, new(1), new(32), [result, value]);
            Assert.Equal(expected, memory.Read<int>(value)[0]);
            Assert.Equal(start, memory.Read<int>(result)[0]);
        }
    }

    [Fact]
    public void Atomics_of_many_blocks_lose_nothing()
    {
        using var memory = new TestMemory();
        var sums = memory.Add<float>(0, 0);
        var counts = memory.Add<ulong>(0);
        Kernels.Body("""
            red.global.add.f32 [%rd0], 0f3F800000;
            .shared .align 4 .b8 total[4];
            mov.u32 %r1, total;
            mov.u32 %r2, %tid.x;
            setp.eq.u32 %p1, %r2, 0;
            @%p1 st.shared.u32 [%r1], 0;
            bar.sync 0;
            red.shared.add.u32 [%r1], 2;
            bar.sync 0;
            @!%p1 bra end;
            ld.shared.u32 %r3, [%r1];
            cvt.u64.u32 %rd3, %r3;
            atom.global.add.u64 %rd4, [%rd1], %rd3;
            end:
            """, 2).Run(memory, new(50), new(96), [sums, counts], threads: 4);
        Assert.Equal(4800, memory.Read<float>(sums)[0]);
        Assert.Equal(9600ul, memory.Read<ulong>(counts)[0]);
    }

    [Fact]
    public void Compare_and_swap()
    {
        using var memory = new TestMemory();
        var value = memory.Add<int>(5);
        Kernels.Body("atom.global.cas.b32 %r1, [%rd0], 5, 6;\natom.global.cas.b32 %r2, [%rd0], 5, 7;", 1).Run(memory, new(1), new(32), [value]);
        Assert.Equal(6, memory.Read<int>(value)[0]);
    }

    [Fact]
    public void Asynchronous_copies_arrive_and_fill_with_zeros()
    {
        float[] input = [.. Enumerable.Range(1, 128).Select(k => (float)k)];
        using var memory = new TestMemory();
        var result = memory.Add<float>(new float[128]);
        Kernels.Body("""
            .shared .align 16 .b8 tile[512];
            mov.u32 %r70, %tid.x;
            mov.u32 %r71, tile;
            mad.lo.u32 %r72, %r70, 16, %r71;
            mad.wide.u32 %rd70, %r70, 16, %rd1;
            rem.u32 %r73, %r70, 5;
            shl.b32 %r73, %r73, 2;
            cp.async.cg.shared.global [%r72], [%rd70], 16, %r73;
            cp.async.commit_group;
            cp.async.wait_group 0;
            bar.sync 0;
            xor.b32 %r74, %r72, 16;
            ld.shared.v4.f32 {%f1, %f2, %f3, %f4}, [%r74];
            mad.wide.u32 %rd71, %r70, 16, %rd0;
            st.global.v4.f32 [%rd71], {%f1, %f2, %f3, %f4};
            """, 2).Run(memory, new(1), new(32), [result, memory.Add<float>(input)]);
        var actual = memory.Read<float>(result);
        for (var k = 0; k < 128; k++)
        {
            var from = (k / 4 ^ 1) * 4 + k % 4;
            Assert.Equal(k % 4 < (k / 4 ^ 1) % 5 ? input[from] : 0, actual[k]);
        }
    }
}
