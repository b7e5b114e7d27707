using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>Planted faults of every kind are found, and the same kernels without them run.</summary>
public class FaultTests
{
    private const string Thread = "mov.u32 %r70, %tid.x;\nmad.wide.u32 %rd70, %r70, 4, %rd0;\n";

    private const string Tile = """
        .shared .align 16 .b8 tile[1024];
        mov.u32 %r71, tile;
        mov.u32 %r70, %tid.x;
        mad.lo.u32 %r72, %r70, 4, %r71;

        """;

    private static DeviceFault Fault(string body, uint threads = 64, int elements = 64, uint shared = 0) =>
        Assert.Throws<DeviceFault>(() => Run(body, threads, elements, shared));

    private static int[] Run(string body, uint threads = 64, int elements = 64, uint shared = 0, int seed = 0)
    {
        using var memory = new TestMemory();
        var buffer = memory.Add<int>(new int[elements]);
        Kernels.Body(body, 1).Run(memory, new(1), new(threads), [buffer], shared, seed);
        return memory.Read<int>(buffer);
    }

    [Theory]
    [InlineData("st.global.u32 [%rd70], %r70;")]
    [InlineData("st.u32 [%rd70], %r70;")]
    [InlineData("ld.global.u32 %r1, [%rd70];")]
    [InlineData("atom.global.add.u32 %r1, [%rd70], 1;")]
    [InlineData("and.b32 %r1, %r70, 0;\nsetp.eq.u32 %p1, %r70, 63;\n@%p1 ld.global.u32 %r1, [%rd70];")]
    public void One_element_too_far(string access)
    {
        Run(Thread + access);
        var fault = Fault(Thread + access, elements: 63);
        Assert.Equal(FaultKind.OutOfBounds, fault.Kind);
        Assert.Equal(63u, fault.Thread.X);
        Assert.Contains("ends 0 bytes before it", fault.Message);
    }

    [Fact]
    public void Partly_outside()
    {
        var fault = Fault("mov.u32 %r70, %tid.x;\nmad.wide.u32 %rd70, %r70, 8, %rd0;\nst.global.u64 [%rd70], %rd70;", 32, 63);
        Assert.Equal(FaultKind.OutOfBounds, fault.Kind);
        Assert.Contains("goes 4 bytes beyond", fault.Message);
    }

    [Theory]
    [InlineData("st.global.u32 [%rd70+2], %r70;")]
    [InlineData("ld.global.v2.u32 {%r1, %r2}, [%rd70];")]
    [InlineData("ld.global.u64 %rd1, [%rd70];")]
    public void Misaligned_accesses_are_faults(string access) => Assert.Equal(FaultKind.Misaligned, Fault(Thread + access, elements: 100).Kind);

    [Theory]
    [InlineData("st.shared.u32 [%r72+772], %r70;", FaultKind.OutOfBounds)]
    [InlineData("st.shared.u32 [%r72+1], %r70;", FaultKind.Misaligned)]
    [InlineData("ld.shared.v4.u32 {%r1, %r2, %r3, %r4}, [%r72];", FaultKind.Misaligned)]
    [InlineData("ld.shared.u8 %rs1, [%r71+1024];", FaultKind.OutOfBounds)]
    [InlineData("ld.local.u8 %rs1, [%r71];", FaultKind.OutOfBounds)]
    [InlineData("ld.param.u32 %r1, [%r71+8];", FaultKind.OutOfBounds)]
    public void Shared_local_and_parameter_bounds(string access, FaultKind kind)
    {
        Run(Tile + "st.shared.u32 [%r72+768], %r70;");
        Assert.Equal(kind, Fault(Tile + access).Kind);
    }

    [Fact]
    public void Dynamic_shared_memory_is_as_large_as_asked()
    {
        const string body = "mov.u32 %r1, %tid.x;\nshl.b32 %r1, %r1, 2;\nst.shared.u32 [%r1], %r1;";
        Run(body, shared: 256);
        Assert.Equal(FaultKind.OutOfBounds, Fault(body, shared: 252).Kind);
    }

    [Theory]
    [InlineData("st.shared.u32 [%r72], %r70;", "xor.b32 %r73, %r72, 128;\nld.shared.u32 %r1, [%r73];")]
    [InlineData("xor.b32 %r73, %r72, 128;\nld.shared.u32 %r1, [%r73];", "st.shared.u32 [%r72], %r70;")]
    [InlineData("st.shared.u32 [%r72], %r70;", "xor.b32 %r73, %r72, 128;\nst.shared.u32 [%r73], %r70;")]
    [InlineData("add.u32 %r73, %r71, %r70;\nst.shared.u8 [%r73], %r70;", "ld.shared.u32 %r1, [%r71+32];")]
    [InlineData("atom.shared.add.u32 %r1, [%r71], 1;", "ld.shared.u32 %r2, [%r71];")]
    [InlineData("atom.shared.add.u32 %r1, [%r71], 1;", "xor.b32 %r73, %r72, 128;\nst.shared.u32 [%r73], 0;")]
    public void Race_without_barrier(string first, string second)
    {
        Run(Tile + first + "\nbar.sync 0;\n" + second);
        foreach (var seed in new[] { 0, 1, 2, 3 })
        {
            var fault = Assert.Throws<DeviceFault>(() => Run(Tile + first + "\n" + second, seed: seed));
            Assert.Equal(FaultKind.SharedRace, fault.Kind);
            Assert.Contains("without a barrier", fault.Message);
        }
    }

    [Fact]
    public void No_race_where_none_is()
    {
        // neighbouring bytes and halves of one word by different warps; atomics among themselves; reading together
        Run(Tile + "mad.lo.u32 %r73, %r70, 32, %r70;\nand.b32 %r73, %r73, 63;\nadd.u32 %r73, %r73, %r71;\nst.shared.u8 [%r73], %r70;", 64);
        Run(Tile + "and.b32 %r73, %r70, 31;\nshr.u32 %r74, %r70, 5;\nmad.lo.u32 %r73, %r73, 4, %r71;\n"
            + "mad.lo.u32 %r73, %r74, 2, %r73;\nst.shared.u16 [%r73], %r70;");
        Run(Tile + "atom.shared.add.u32 %r1, [%r71], 1;\nred.shared.max.u32 [%r71], 5;");
        Run(Tile + "ld.shared.u32 %r1, [%r71];\nld.shared.u16 %rs1, [%r71+2];\nld.shared.v4.u32 {%r1, %r2, %r3, %r4}, [%r71];");
    }

    [Fact]
    public void Lanes_store_different_values_to_one_place()
    {
        Assert.Equal(FaultKind.ConflictingWrites, Fault("mov.u32 %r70, %tid.x;\nst.global.u32 [%rd0], %r70;", 32).Kind);
        Assert.Equal(FaultKind.ConflictingWrites, Fault(Tile + "st.shared.u32 [%r71], %r70;", 32).Kind);
        Assert.Equal(7, Run("st.global.u32 [%rd0], 7;", 32)[0]);
    }

    [Fact]
    public void Barrier_in_divergent_code()
    {
        var fault = Fault("mov.u32 %r70, %tid.x;\nsetp.lt.u32 %p1, %r70, 40;\n@%p1 bra inside;\nbar.sync 0;\nbra.uni end;\ninside:\nbar.sync 0;\nend:");
        Assert.Equal(FaultKind.DivergentBarrier, fault.Kind);
        // whole warps that went different ways wait at different barriers
        Assert.Equal(FaultKind.DivergentBarrier,
            Fault("mov.u32 %r70, %tid.x;\nsetp.lt.u32 %p1, %r70, 32;\n@%p1 bra inside;\nbar.sync 0;\nbra.uni end;\ninside:\nbar.sync 0;\nend:").Kind);
        // lanes that skip a barrier that others of their warp wait at, then wait at a later one
        Assert.Equal(FaultKind.DivergentBarrier, Fault("mov.u32 %r70, %tid.x;\nsetp.lt.u32 %p1, %r70, 5;\n@%p1 bar.sync 0;\nbar.sync 0;").Kind);
        // exited threads are not waited for
        Run("mov.u32 %r70, %tid.x;\nsetp.lt.u32 %p1, %r70, 40;\n@%p1 bra end;\nbar.sync 0;\nend:");
    }

    [Fact]
    public void Shuffle_without_all_its_members()
    {
        var fault = Fault(
            "mov.u32 %r70, %tid.x;\nsetp.lt.u32 %p1, %r70, 8;\n@%p1 bra inside;\nbar.sync 0;\nbra.uni end;\n"
        + "inside:\nshfl.sync.bfly.b32 %r1, %r70, 1, 31, -1;\nend:", 32);
        Assert.Equal(FaultKind.DivergentBarrier, fault.Kind);
        // a lane that is not among the members it names
        Assert.Equal(FaultKind.BadInstruction, Fault("mov.u32 %r70, %tid.x;\nshfl.sync.bfly.b32 %r1, %r70, 1, 31, 0xFFFF;", 32).Kind);
    }

    [Fact]
    public void Matrix_instruction_of_half_a_warp() =>
        Assert.Equal(FaultKind.DivergentBarrier, Fault(Tile + "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r71];", 16).Kind);

    [Theory]
    [InlineData(64, true)]
    [InlineData(1L << 40, false)]
    [InlineData(-(1L << 40), false)]
    public void A_copy_that_reads_nothing_may_be_given_an_address_near_memory_alone(long off, bool near)
    {
        var copy = $"add.s64 %rd70, %rd0, {off};\nmad.lo.u32 %r72, %r70, 16, %r71;\nmov.u32 %r70, 0;\n"
            + "cp.async.cg.shared.global [%r72], [%rd70], 16, %r70;\ncp.async.wait_all;\n";
        if (near)
            Run(Tile + copy);
        else
            Assert.Equal(FaultKind.OutOfBounds, Fault(Tile + copy).Kind);
    }

    private const string Copy = "mad.wide.u32 %rd70, %r70, 4, %rd0;\ncp.async.ca.shared.global [%r72], [%rd70], 4;\ncp.async.commit_group;\n";

    [Theory]
    [InlineData("ld.shared.u32 %r1, [%r72];")]
    [InlineData("bar.sync 0;\nxor.b32 %r73, %r72, 128;\nld.shared.u32 %r1, [%r73];")]
    [InlineData("cp.async.wait_group 1;\nbar.sync 0;\nld.shared.u32 %r1, [%r72];")]
    [InlineData("st.shared.u32 [%r72], %r70;")]
    [InlineData("ld.shared.u8 %rs1, [%r72+1];")]
    public void Missing_wait(string access)
    {
        Run(Tile + Copy + "cp.async.wait_group 0;\nbar.sync 0;\n" +
            access[(access.LastIndexOf("bar.sync 0;\n", StringComparison.Ordinal) is var at && at < 0 ? 0 : at + 12)..]);
        Assert.Equal(FaultKind.MissingWait, Fault(Tile + Copy + access).Kind);
    }

    [Fact]
    public void Wait_without_barrier_is_a_race()
    {
        const string read = "xor.b32 %r73, %r72, 128;\nld.shared.u32 %r1, [%r73];";
        Run(Tile + Copy + "cp.async.wait_all;\nbar.sync 0;\n" + read);
        // the other warp's copy is either still under way or finished without a barrier since
        Assert.Contains(Fault(Tile + Copy + "cp.async.wait_all;\n" + read).Kind, new[] { FaultKind.SharedRace, FaultKind.MissingWait });
    }

    [Fact]
    public void Only_older_groups_are_waited_for()
    {
        const string two = Copy + "cp.async.ca.shared.global [%r72+512], [%rd70], 4;\ncp.async.commit_group;\ncp.async.wait_group 1;\nbar.sync 0;\n";
        Run(Tile + two + "ld.shared.u32 %r1, [%r72];\ncp.async.wait_all;");
        // nor may a thread end with copies under way
        Assert.Equal(FaultKind.MissingWait, Fault(Tile + two + "ld.shared.u32 %r1, [%r72];").Kind);
        Assert.Equal(FaultKind.MissingWait, Fault(Tile + two + "ld.shared.u32 %r1, [%r72+512];").Kind);
        // overwriting a buffer that another warp still reads
        Assert.Contains(Fault(Tile + "xor.b32 %r73, %r72, 128;\nld.shared.u32 %r1, [%r73];\n" + Copy).Kind,
            new[] { FaultKind.SharedRace, FaultKind.MissingWait });
    }

    [Fact]
    public void Launch_limits()
    {
        using var memory = new TestMemory();
        var bounded = PtxModule.Parse(
            ".version 7.5\n.target sm_80\n.address_size 64\n.visible .entry k(.param .u32 n)\n.maxntid 128, 1, 1\n{\nret;\n}\n")
            .Kernels["k"];
        Assert.Equal(128, bounded.MaxThreads);
        bounded.Run(new(1), new(128), 0, new byte[4], memory, new());
        Assert.Equal(FaultKind.LaunchBounds, Assert.Throws<DeviceFault>(() => bounded.Run(new(1), new(129), 0, new byte[4], memory, new())).Kind);
        Assert.Equal(FaultKind.LaunchBounds, Assert.Throws<DeviceFault>(() => bounded.Run(new(1), new(64), 0, new byte[8], memory, new())).Kind);
        Assert.Equal(FaultKind.LaunchBounds, Assert.Throws<DeviceFault>(() => bounded.Run(new(0), new(64), 0, new byte[4], memory, new())).Kind);
        Assert.Equal(FaultKind.LaunchBounds, Assert.Throws<DeviceFault>(() => Kernels.Body("", 0).Run(new(1), new(1025), 0, [], memory, new())).Kind);
        var dynamic = Kernels.Body("", 0);
        Assert.Equal(FaultKind.LaunchBounds, Assert.Throws<DeviceFault>(() => dynamic.Run(new(1), new(32), 300_000, [], memory, new())).Kind);
    }

    [Fact]
    public void Endless_loop()
    {
        using var memory = new TestMemory();
        var kernel = Kernels.Body("again:\nbra.uni again;", 0);
        Assert.Equal(FaultKind.EndlessLoop, Assert.Throws<DeviceFault>(() => kernel.Run(new(1), new(32), 0, [], memory, new(InstructionBudget: 10_000))).Kind);
    }

    [Fact]
    public void Source_lines_are_named()
    {
        using var memory = new TestMemory();
        var kernel = Kernels.Sample("basics", memory).Kernels["histogram"];
        var fault = Assert.Throws<DeviceFault>(() =>
            kernel.Run(memory, new(2), new(8), [memory.Add<byte>(new byte[10]), memory.Add<ushort>(new ushort[128]), 11], seed: 2));
        Assert.Equal(FaultKind.OutOfBounds, fault.Kind);
        Assert.Equal("basics.cu:62", fault.SourcePlace);
        Assert.Equal(2u, fault.Thread.X);
        Assert.Contains("histogram", fault.Message);
    }

    [Theory]
    [InlineData("frobnicate.s32 %r1, %r2;", "not understood")]
    [InlineData("add.s32.silly %r1, %r2, %r3;", ".silly")]
    [InlineData("add.s32 %r1, %r2;", "operands")]
    [InlineData("add.s32 %r1, %r2, %rd3;", "%rd3")]
    [InlineData("add.s32 %r1, %r2, %nothing;", "%nothing")]
    [InlineData("call (%r1), f, (%r2);", "inlined")]
    [InlineData("bra nowhere;", "nowhere")]
    [InlineData("selp.b32 %r1, %r2, %r3, !%p1;", "negation")]
    [InlineData("add.rz.f32 %f1, %f2, %f3;", ".rz")]
    [InlineData("st.param.u32 [%rd1], %r1;", "cannot be written")]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1,%f2,%f3,%f4}, {%r1,%r2}, {%r3,%r4}, {%f1,%f2,%f3,%f4};", "registers")]
    public void What_is_not_understood_is_refused(string statement, string message)
    {
        var error = Assert.Throws<PtxError>(() => Kernels.Body("mov.u32 %r1, 0;\n" + statement, 0));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void The_order_of_blocks_and_warps_follows_the_seed()
    {
        static int[] Order(int seed)
        {
            using var memory = new TestMemory();
            var (order, counter) = (memory.Add<int>(new int[64]), memory.Add<int>(0));
            Kernels.Body("""
                mov.u32 %r1, %tid.x;
                and.b32 %r2, %r1, 31;
                setp.ne.u32 %p1, %r2, 0;
                @%p1 bra end;
                shr.u32 %r3, %r1, 5;
                mad.lo.u32 %r3, %ctaid.x, 8, %r3;
                atom.global.add.u32 %r4, [%rd1], 1;
                mad.wide.u32 %rd2, %r4, 4, %rd0;
                st.global.u32 [%rd2], %r3;
                end:
                """, 2).Run(memory, new(8), new(256), [order, counter], seed: seed);
            return memory.Read<int>(order);
        }
        Assert.Equal(Order(3), Order(3));
        Assert.NotEqual(Order(3), Order(4));
        Assert.Equal(Enumerable.Range(0, 64), Order(3).Order());
    }
}
