using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>Barriers in shared memory, and copies of boxes and cp.async that arrive at them: what they order, and that their misuse is told.</summary>
public class MemoryBarrierTests
{
    // The barrier lies behind a tile of 4096 bytes.
    private const int Bar = 4096, Shared = 4112;

    private const string Threads = "mov.u32 %r70, %tid.x;\nshr.u32 %r71, %r70, 5;\nshl.b32 %r72, %r70, 2;\n"
        + "setp.eq.u32 %p1, %r70, 0;\nsetp.eq.u32 %p2, %r71, 0;\nmad.wide.u32 %rd70, %r70, 4, %rd0;\n";

    private static string Start(int arrivals, string fence = "fence.mbarrier_init.release.cluster;") =>
        Threads + $"@%p1 mbarrier.init.shared::cta.b64 [{Bar}], {arrivals};\n{fence}\nbar.sync 0;\n";

    private const string Arrive = "mbarrier.arrive.shared::cta.b64 _, [4096];\n";

    private static string Wait(int parity, string label) =>
        $"{label}:\nmbarrier.try_wait.parity.shared::cta.b64 %p9, [{Bar}], {parity};\n@!%p9 bra {label};\n";

    private static int[] Run(string body, uint threads = 64, int seed = 0)
    {
        using var memory = new TestMemory();
        var (result, source) = (memory.Add<int>(new int[1024]), memory.Add<int>([.. Enumerable.Range(0, 1024)]));
        Kernels.Body(body, 2, "sm_90a").Run(memory, new(1), new(threads), [result, source], Shared, seed);
        return memory.Read<int>(result);
    }

    private static FaultKind Fault(string body) => Assert.Throws<DeviceFault>(() => Run(body)).Kind;

    // The first warp writes, the second reads what it wrote.
    private const string Write = "@!%p2 bra $reader;\nst.shared.u32 [%r72], %r70;\n", Read = "ld.shared.u32 %r1, [%r72+-128];\nst.global.u32 [%rd70], %r1;\n";

    [Fact]
    public void What_was_written_before_an_arrival_is_read_behind_the_wait()
    {
        for (var seed = 0; seed < 5; seed++)
            Assert.Equal(Enumerable.Range(0, 32), Run(Start(32) + Write + Arrive + "ret;\n$reader:\n" + Wait(0, "$wait") + Read, seed: seed)[32..64]);
        Assert.Equal(FaultKind.SharedRace, Fault(Start(32) + Write + Arrive + "ret;\n$reader:\n" + Read));
        Assert.Equal(FaultKind.SharedRace, Fault(Start(32) + Write.Replace("st.shared", Arrive + "st.shared") + "ret;\n$reader:\n" + Wait(0, "$wait") + Read));
        // It is no order between two who wait.
        Assert.Equal(FaultKind.SharedRace, Fault(Start(64) + Arrive + Wait(0, "$wait") + Write + "ret;\n$reader:\n" + Read));
    }

    [Fact]
    public void Phases_follow_one_another()
    {
        // The reader lets the writer go on, which writes the same place anew.
        var ordered = Start(64) + Write + Arrive + Wait(0, "$first") + Arrive + Wait(1, "$again") + "st.shared.u32 [%r72], 7;\n" + Arrive + "ret;\n$reader:\n"
            + Arrive + Wait(0, "$second") + "ld.shared.u32 %r2, [%r72+-128];\n" + Arrive + Wait(1, "$third") + Arrive + Wait(0, "$fourth") + Read;
        Assert.All(Run(ordered)[32..64], value => Assert.Equal(7, value));
        // Where the writer does not wait for that, it may be too early, or the reader may miss a phase.
        Assert.Contains(Fault(ordered.Replace(Wait(1, "$again"), "")), (FaultKind[])[FaultKind.SharedRace, FaultKind.EndlessLoop]);
    }

    [Fact]
    public void Misuse_is_told()
    {
        Assert.Equal(FaultKind.EndlessLoop, Fault(Start(65) + Arrive + Wait(0, "$wait")));
        Assert.Equal(FaultKind.BadInstruction, Fault(Threads + Arrive));
        Assert.Equal(FaultKind.BadInstruction, Fault(Start(64) + $"st.shared.u32 [{Bar}], 1;"));
        Assert.Equal(FaultKind.BadInstruction, Fault(Start(64) + Start(64)));
        Assert.Equal(FaultKind.BadInstruction, Fault(Start(64) + Wait(2, "$wait")));
        // Nobody says that the barrier has been started; it may be, or not.
        Assert.Contains(Fault(Start(64).Replace("bar.sync 0;", "") + "@%p2 bra $end;\n" + Wait(0, "$wait") + "$end:\n"),
            (FaultKind[])[FaultKind.SharedRace, FaultKind.BadInstruction]);
        // A phase that waits for bytes alone takes no arrival more.
        Assert.Equal(FaultKind.BadInstruction, Fault(Start(1) + "@%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [4096], 16;\n@%p1 " + Arrive));
    }

    private const string Copy = "mad.wide.u32 %rd71, %r70, 16, %rd1;\nshl.b32 %r73, %r70, 4;\ncp.async.cg.shared.global [%r73], [%rd71], 16;\n",
        ArriveBehind = "cp.async.mbarrier.arrive.noinc.shared::cta.b64 [4096];\n",
        ReadCopied = "xor.b32 %r74, %r72, 4;\nld.shared.u32 %r1, [%r74];\nst.global.u32 [%rd70], %r1;\n";

    [Fact]
    public void Copies_arrive_when_they_are_there()
    {
        for (var seed = 0; seed < 5; seed++)
            Assert.Equal(Enumerable.Range(0, 64).Select(i => i ^ 1), Run(Start(64) + Copy + ArriveBehind + Wait(0, "$wait") + ReadCopied, seed: seed)[..64]);
        // They may have come, but nobody says so.
        Assert.Contains(Fault(Start(64) + Copy + ArriveBehind + ReadCopied), (FaultKind[])[FaultKind.MissingWait, FaultKind.SharedRace]);
        // An ordinary arrival says nothing of copies.
        Assert.Equal(FaultKind.MissingWait, Fault(Start(64) + Copy + Arrive + Wait(0, "$wait") + ReadCopied));
        Assert.Equal(FaultKind.MissingWait, Fault(Start(64) + Copy + ArriveBehind));
        // Nor does one behind copies of what else was written.
        Assert.Equal(FaultKind.SharedRace, Fault(Start(32) + Write + ArriveBehind + "ret;\n$reader:\n" + Wait(0, "$wait") + Read));
    }

    /// <summary>Boxes of 64 × 1 × 4 bfloat16 of a tensor of 72 × 3 × 5, whose map %rd1 points to.</summary>
    private static ushort[] RunBox(string body, int seed = 0)
    {
        using var device = new TestDevice(new() { ComputeCapability = 90 });
        using var memory = new TestMemory();
        var numbers = memory.Add<ushort>([.. Enumerable.Range(1, 72 * 3 * 5).Select(i => (ushort)i)]);
        var result = memory.Add<ushort>(new ushort[256]);
        Kernels.Body("mov.b64 %rd1, map;\ncvta.param.u64 %rd1, %rd1;\n" + body, 1, "sm_90a", ".param .align 64 .b8 map[128]")
            .Run(memory, new(1), new(32), [Encode(device, numbers), result], Shared, seed);
        return memory.Read<ushort>(result);
    }

    private static unsafe byte[] Encode(TestDevice device, ulong address)
    {
        var room = stackalloc byte[192];
        var map = room + (64 - (nuint)room % 64) % 64;
        ulong* extents = stackalloc ulong[] { 72, 3, 5 }, strides = stackalloc ulong[] { 144, 432 };
        uint* box = stackalloc uint[] { 64, 1, 4 }, steps = stackalloc uint[] { 1, 1, 1 };
        TestDevice.Ok(device.Driver.TensorMapEncodeTiled(map, CudaTensorMapType.BFloat16, 3, address, extents, strides, box, steps, 0,
            CudaTensorMapSwizzle.Bytes128, CudaTensorMapPromotion.Bytes128, 0));
        return new ReadOnlySpan<byte>(map, 128).ToArray();
    }

    private static string Box(int c0, int c1, int c2, int bytes = 512, string to = "0", string map = "%rd1") =>
        $"@%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [{Bar}], {bytes};\nmov.u32 %r60, {Bar};\n@%p1 cp.async.bulk.tensor.3d.shared::cluster.global.tile."
        + $"mbarrier::complete_tx::bytes [{to}], [{map}, {{{c0}, {c1}, {c2}}}], [%r60];\n";

    // Sixteen bytes of each thread, as they lie.
    private const string ReadBox = "shl.b32 %r73, %r70, 4;\nld.shared.v4.u32 {%r1, %r2, %r3, %r4}, [%r73];\nmad.wide.u32 %rd71, %r70, 16, %rd0;\n"
        + "st.global.v4.u32 [%rd71], {%r1, %r2, %r3, %r4};\n";

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(16, 2, 3)]
    [InlineData(-8, 1, -1)]
    [InlineData(-13, 0, 1)]
    [InlineData(13, 0, 1)]
    [InlineData(64, 3, 0)]
    public void A_box_comes_mixed_and_with_zeros_outside(int c0, int c1, int c2)
    {
        var found = RunBox(Start(1) + Box(c0, c1, c2) + Wait(0, "$wait") + ReadBox);
        for (var row = 0; row < 4; row++)
            for (var c = 0; c < 64; c++)
            {
                var (x, y, z) = (c0 + c, c1, c2 + row);
                var expected = x is < 0 or >= 72 || y is < 0 or >= 3 || z is < 0 or >= 5 ? 0 : 1 + x + 72 * (y + 3 * z);
                Assert.Equal(expected, found[row * 64 + ((c / 8) ^ row) * 8 + c % 8]);
            }
    }

    [Fact]
    public void Misuse_of_boxes_is_told()
    {
        static FaultKind Fault(string body) => Assert.Throws<DeviceFault>(() => RunBox(body)).Kind;

        Assert.Equal(FaultKind.MissingWait, Fault(Start(1) + Box(0, 0, 0) + ReadBox));
        Assert.Equal(FaultKind.MissingWait, Fault(Start(1) + Box(0, 0, 0)));
        Assert.Equal(FaultKind.EndlessLoop, Fault(Start(1) + Box(0, 0, 0, bytes: 528) + Wait(0, "$wait")));
        Assert.Equal(FaultKind.MissingFence, Fault(Start(1, fence: "") + Box(0, 0, 0) + Wait(0, "$wait")));
        Assert.Equal(FaultKind.Misaligned, Fault(Start(1) + Box(0, 0, 0, to: "64") + Wait(0, "$wait")));
        // A map in device memory, and something that is no map.
        Assert.Equal(FaultKind.MissingFence, Fault(Start(1) + Box(0, 0, 0, map: "%rd0") + Wait(0, "$wait")));
        Assert.Equal(FaultKind.OutOfBounds, Fault(Start(1) + Box(0, 0, 0, map: "%rd1+64") + Wait(0, "$wait")));
        // The fence for ordinary writes shows barriers too, as starting one is such a write.
        RunBox(Start(1, fence: "fence.proxy.async;") + Box(0, 0, 0) + Wait(0, "$wait"));
        // The fence of another lane, and one before what it should show.
        Assert.Equal(FaultKind.MissingFence, Fault(Threads + $"@%p1 mbarrier.init.shared::cta.b64 [{Bar}], 1;\n@!%p1 fence.mbarrier_init.release.cluster;\n"
            + Box(0, 0, 0) + Wait(0, "$wait")));
        Assert.Equal(FaultKind.MissingFence, Fault(Threads + $"fence.mbarrier_init.release.cluster;\n@%p1 mbarrier.init.shared::cta.b64 [{Bar}], 1;\n"
            + Box(0, 0, 0) + Wait(0, "$wait")));
        // What stood there is to be fenced before the accelerator writes it anew.
        Assert.Equal(FaultKind.MissingFence, Fault(Start(1) + "st.shared.u32 [%r72], %r70;\n" + Box(0, 0, 0) + Wait(0, "$wait")));
        RunBox(Start(1) + "st.shared.u32 [%r72], %r70;\nfence.proxy.async;\n" + Box(0, 0, 0) + Wait(0, "$wait"));
    }

    [Fact]
    public unsafe void The_driver_refuses_tensors_that_the_accelerator_cannot_take()
    {
        using var device = new TestDevice(new() { ComputeCapability = 90 });
        var room = stackalloc byte[192];
        var map = room + (64 - (nuint)room % 64) % 64;
        string Refusal(ulong address = 256, ulong stride = 144, uint inner = 64, ulong extent = 3, nuint shift = 0) => device.FaultOf(() =>
        {
            ulong* extents = stackalloc ulong[] { 72, extent }, strides = stackalloc ulong[] { stride };
            uint* box = stackalloc uint[] { inner, 8 }, steps = stackalloc uint[] { 1, 1 };
            device.Driver.TensorMapEncodeTiled(map + shift, CudaTensorMapType.BFloat16, 2, address, extents, strides, box, steps, 0,
                CudaTensorMapSwizzle.Bytes128, CudaTensorMapPromotion.None, 0);
        });
        Assert.Contains("multiple of 64", Refusal(shift: 16));
        Assert.Contains("0x108", Refusal(address: 264));
        Assert.Contains("136 bytes", Refusal(stride: 136));
        Assert.Contains("a box of 144 bytes", Refusal(inner: 72));
        Assert.Contains("has 0 elements", Refusal(extent: 0));
        using var older = new TestDevice();
        Assert.Contains("9.0", older.FaultOf(() =>
            older.Driver.TensorMapEncodeTiled(map, CudaTensorMapType.BFloat16, 1, 256, null, null, null, null, 0, 0, 0, 0)));
    }
}
