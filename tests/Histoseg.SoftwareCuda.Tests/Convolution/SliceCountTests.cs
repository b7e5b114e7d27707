using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>Sums are cut so that the last wave of blocks is no nearly empty one.</summary>
public class SliceCountTests
{
    private const int H200 = 132;

    [Theory]
    [InlineData(1, 1000, 252)]
    [InlineData(64, 1000, 4)]
    [InlineData(64, 2, 2)]
    [InlineData(132, 1000, 2)]
    [InlineData(264, 1000, 1)]
    [InlineData(528, 1000, 1)]
    [InlineData(10_000, 1000, 1)]
    [InlineData(144, 0, 1)]
    public void Blocks_that_fill_the_GPU_are_not_cut_further(long blocks, long most, int slices) => Assert.Equal(slices, SliceCount.Of(blocks, 2 * H200, most));

    [Theory]
    [InlineData(144)]
    [InlineData(150)]
    [InlineData(200)]
    [InlineData(288)]
    public void A_last_wave_that_is_half_empty_is_evened_out(long blocks)
    {
        double Filled(long slices) => blocks * slices / (double)((blocks * slices + 2 * H200 - 1) / (2 * H200) * 2 * H200);
        var slices = SliceCount.Of(blocks, 2 * H200, most: 1000);
        Assert.True(Filled(1) < 0.76 && Filled(slices) > 0.9, $"{slices} slices fill {Filled(slices):P0}, one {Filled(1):P0}");
    }
}
