using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Backends;

/// <summary>How GICN kernels are cut into blocks.</summary>
public class CrossPlanTests
{
    /// <summary>What a block can have on the smallest GPU of compute capability 8.0 or later, and on one of 9.0.</summary>
    private const int SharedBytes = 99 * 1024, HopperSharedBytes = 227 * 1024;

    public static TheoryData<int, bool> Kernels
    {
        get
        {
            var kernels = new TheoryData<int, bool>();
            for (var k = 1; k <= 15; k += 2)
                foreach (var joined in new[] { false, true })
                    kernels.Add(k, joined);
            return kernels;
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Every_plan_fits_and_covers_the_product_once(int k, bool joined)
    {
        var random = new Random(k);
        for (var i = 0; i < 1000; i++)
        {
            var source = new Shape(random.Next(1, 20), random.Next(1, 130), random.Next(1, 130), 8 * random.Next(1, 257));
            var (targets, multiprocessors) = (8 * random.Next(1, 257), random.Next(1, 150));
            var isHopper = i % 2 == 1;
            var plan = CrossPlan.For(source, targets, k, joined, multiprocessors, isHopper);
            var (steps, channelTiles) = ((source.C + 15) / 16, (targets + 31) / 32);
            Assert.True(plan.SharedBytes <= (isHopper ? HopperSharedBytes : SharedBytes), $"{plan}");
            Assert.True(!isHopper || source.H <= 8 || plan.Rows == CrossPlan.HighRows, $"{plan}");
            Assert.InRange(plan.Stages, 2, 3);
            Assert.True(plan.Rows is 8 or 16, $"{plan}");
            Assert.Equal(source.N * ((source.H + plan.Rows - 1) / plan.Rows) * ((source.W + 15) / 16), plan.PixelTiles);
            // Every block has something to do, and all is done.
            Assert.InRange(steps, (plan.Splits - 1) * plan.StepsPerSplit + 1, plan.Splits * plan.StepsPerSplit);
            Assert.InRange(channelTiles, (plan.ChannelGroups - 1) * plan.TilesPerBlock + 1, plan.ChannelGroups * plan.TilesPerBlock);
            // A block that goes through several tiles keeps its cross.
            Assert.True(plan.TilesPerBlock == 1 || plan.Stages % plan.StepsPerSplit == 0, $"{plan}");
        }
    }

    [Fact]
    public void Channels_are_split_only_where_blocks_are_few()
    {
        Assert.Equal(8, CrossPlan.For(new(1, 64, 64, 2048), 32, 7, joined: false, multiprocessors: 132).Splits);
        Assert.Equal(1, CrossPlan.For(new(16, 64, 64, 2048), 32, 7, joined: false, multiprocessors: 132).Splits);
    }

    [Fact]
    public void Many_targets_of_few_sources_share_a_cross() =>
        Assert.Equal(4, CrossPlan.For(new(1, 64, 64, 32), 2048, 7, joined: true, multiprocessors: 132).TilesPerBlock);
}
