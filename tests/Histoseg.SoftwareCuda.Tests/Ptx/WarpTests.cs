namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>Instructions through which lanes talk, barriers, divergence.</summary>
public class WarpTests
{
    private static readonly int[] lanes = [.. Enumerable.Range(0, 32)];

    private static int[] Run(string instruction) => Evaluate.Instruction<int, int>("setp.lt.s32 %p1, {a}, 5;\n" + instruction, "r", "r", lanes);

    [Theory]
    [InlineData("idx", 3, 31, 3)]
    [InlineData("bfly", 5, 31, -1)]
    [InlineData("up", 3, 0, -1)]
    [InlineData("down", 7, 31, -1)]
    [InlineData("down", 2, 0x1C1F, -1)]
    [InlineData("up", 1, 0x1800, -1)]
    [InlineData("idx", 2, 0x181F, -1)]
    public void Shuffles_read_the_lane_meant(string mode, int distance, int control, int constant)
    {
        var (segment, clamp) = (control >> 8 & 31, control & 31);
        var expected = lanes.Select(lane =>
        {
            var (first, last) = (lane & segment, lane & segment | clamp & ~segment);
            var source = mode switch { "idx" => first | distance & ~segment, "bfly" => lane ^ distance, "up" => lane - distance, _ => lane + distance };
            var isInRange = mode == "up" ? source >= last : source <= last;
            return 100 * (isInRange ? source : lane) + (isInRange ? 1 : 0);
        });
        var actual = Run($"mul.lo.s32 %r60, {{a}}, 100;\nshfl.sync.{mode}.b32 {{d}}|%p2, %r60, {distance}, {control}, -1;\n@%p2 add.s32 {{d}}, {{d}}, 1;");
        Assert.Equal(expected, actual);
        if (constant >= 0)
            Assert.All(actual, value => Assert.Equal(100 * constant + 1, value));
    }

    [Fact]
    public void Votes_are_of_the_lanes_that_are_in()
    {
        Assert.All(Run("vote.sync.ballot.b32 {d}, %p1, -1;"), value => Assert.Equal(0b11111, value));
        Assert.All(Run("vote.sync.ballot.b32 {d}, !%p1, -1;"), value => Assert.Equal(~0b11111, value));
        Assert.All(Run("vote.sync.any.pred %p2, %p1, -1;\nselp.b32 {d}, 1, 0, %p2;"), value => Assert.Equal(1, value));
        Assert.All(Run("vote.sync.all.pred %p2, %p1, -1;\nselp.b32 {d}, 1, 0, %p2;"), value => Assert.Equal(0, value));
        Assert.All(Run("setp.ge.s32 %p3, {a}, 0;\nvote.sync.all.pred %p2, %p3, -1;\nselp.b32 {d}, 1, 0, %p2;"), value => Assert.Equal(1, value));
    }

    [Fact]
    public void Reductions_are_over_the_lanes_that_are_in()
    {
        Assert.All(Run("redux.sync.add.s32 {d}, {a}, -1;"), value => Assert.Equal(496, value));
        Assert.All(Run("redux.sync.max.s32 {d}, {a}, -1;"), value => Assert.Equal(31, value));
        Assert.All(Run("redux.sync.or.b32 {d}, {a}, -1;"), value => Assert.Equal(31, value));
        Assert.Equal(lanes.Select(lane => lanes.Where(other => other % 4 == lane % 4).Aggregate(0, (bits, other) => bits | 1 << other)),
            Run("and.b32 %r60, {a}, 3;\nmatch.any.sync.b32 {d}, %r60, -1;"));
    }

    [Fact]
    public void Masks_of_lanes()
    {
        Assert.Equal(lanes.Select(lane => (1 << lane) - 1), Run("mov.u32 {d}, %lanemask_lt;"));
        Assert.Equal(lanes.Select(lane => (int)(uint.MaxValue << lane)), Run("mov.u32 {d}, %lanemask_ge;"));
        Assert.Equal(lanes.Select(lane => lane < 5 ? 0b11111 : 7), Run("mov.u32 {d}, 7;\n@!%p1 bra after;\nactivemask.b32 {d};\nafter:"));
    }

    [Fact]
    public void Subsets_of_lanes_shuffle_among_themselves()
    {
        // two halves of the warp, each in its own branch with its own mask
        var actual = Run("""
            setp.lt.s32 %p2, {a}, 16;
            @%p2 bra low;
            shfl.sync.bfly.b32 {d}, {a}, 1, 31, 0xFFFF0000;
            bra.uni done;
            low:
            shfl.sync.bfly.b32 {d}, {a}, 2, 31, 0x0000FFFF;
            done:
            """);
        Assert.Equal(lanes.Select(lane => lane < 16 ? lane ^ 2 : lane ^ 1), actual);
    }

    [Fact]
    public void Lanes_meet_again_after_code_placed_elsewhere()
    {
        // the branch's body stands behind the barrier and jumps back to it: lanes that arrive first wait
        var actual = Run("""
            mov.u32 {d}, 1;
            @%p1 bra far;
            near:
            bar.sync 0;
            redux.sync.add.s32 {d}, {d}, -1;
            bra.uni end;
            far:
            mov.u32 {d}, 2;
            bra.uni near;
            end:
            """);
        Assert.All(actual, value => Assert.Equal(32 + 5, value));
    }

    [Fact]
    public void Indexed_branch()
    {
        var actual = Run("""
            targets: .branchtargets zero, one, two;
            rem.u32 %r60, {a}, 3;
            brx.idx %r60, targets;
            zero:
            mov.u32 {d}, 100;
            bra.uni end;
            one:
            mov.u32 {d}, 200;
            bra.uni end;
            two:
            mov.u32 {d}, 300;
            end:
            """);
        Assert.Equal(lanes.Select(lane => (lane % 3 + 1) * 100), actual);
    }

    [Fact]
    public void Barriers_reduce()
    {
        int[] threads = [.. Enumerable.Range(0, 100)];
        Assert.All(Evaluate.Instruction<int, int>("setp.lt.s32 %p1, {a}, 40;\nbar.red.popc.u32 {d}, 0, %p1;", "r", "r", threads),
            value => Assert.Equal(40, value));
        Assert.All(Evaluate.Instruction<int, int>("setp.lt.s32 %p1, {a}, 99;\nbar.red.and.pred %p2, 0, %p1;\nselp.b32 {d}, 1, 0, %p2;", "r", "r", threads),
            value => Assert.Equal(0, value));
        Assert.All(Evaluate.Instruction<int, int>("setp.lt.s32 %p1, {a}, 99;\nbar.red.or.pred %p2, 0, !%p1;\nselp.b32 {d}, 1, 0, %p2;", "r", "r", threads),
            value => Assert.Equal(1, value));
    }

    [Fact]
    public void Blocks_have_three_dimensions()
    {
        using var memory = new TestMemory();
        var result = memory.Add<int>(new int[2 * 3 * 4 * 5 * 2 * 2]);
        Kernels.Body("""
            mov.u32 %r1, %ctaid.z;
            mad.lo.u32 %r1, %r1, 2, %ctaid.y;
            mad.lo.u32 %r1, %r1, 2, %ctaid.x;
            mad.lo.u32 %r2, %r1, 5, %tid.z;
            mad.lo.u32 %r2, %r2, 4, %tid.y;
            mad.lo.u32 %r2, %r2, 3, %tid.x;
            mad.wide.u32 %rd1, %r2, 4, %rd0;
            mov.u32 %r3, %nctaid.x;
            mad.lo.u32 %r3, %r3, 10, %ntid.y;
            mad.lo.u32 %r3, %r2, 100, %r3;
            st.global.u32 [%rd1], %r3;
            """, 1).Run(memory, new(2, 2, 2), new(3, 4, 5), [result], threads: 2);
        Assert.Equal(Enumerable.Range(0, 480).Select(k => 100 * k + 24), memory.Read<int>(result));
    }
}
