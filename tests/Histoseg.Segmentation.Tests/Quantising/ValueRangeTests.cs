using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Quantising;

namespace Histoseg.Segmentation.Tests.Quantising;

public class ValueRangeTests
{
    private static float[] Normal(int count, double deviation)
    {
        var random = new Random(2);
        double Draw() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return [.. Enumerable.Range(0, count).Select(_ => (float)(deviation * Draw()))];
    }

    [Fact]
    public void Uniform_numbers_keep_their_ends()
    {
        var range = new ValueRange();
        range.Add([.. Enumerable.Range(0, 10001).Select(i => i / 10000f * 4 - 1)]);
        var best = range.Best();
        Assert.Equal(4.0 / 255, best.Scale, 4e-4);
        Assert.InRange(best.ZeroPoint, 62, 66);
    }

    [Fact]
    public void One_number_far_out_does_not_make_the_steps_coarse()
    {
        var range = new ValueRange();
        // Clipping it costs (40 − end)², once; steps that reach it cost the others (80/255)²/12 each.
        range.Add([.. Normal(1_000_000, 1), 40f]);
        Assert.InRange(range.Best().Scale, 6f / 255, 30f / 255);
    }

    [Fact]
    public void Numbers_that_come_in_parts_give_what_they_give_together()
    {
        var numbers = Normal(50_000, 3);
        var (parts, whole) = (new ValueRange(), new ValueRange());
        foreach (var part in numbers.Chunk(777))
            parts.Add(part);
        whole.Add(numbers);
        Assert.Equal(whole.Best().Scale, parts.Best().Scale, whole.Best().Scale * 0.06);
    }

    [Fact]
    public void After_a_ReLU_no_byte_is_spent_on_what_is_below_zero()
    {
        var range = new ValueRange();
        range.Add([.. Normal(50_000, 1).Select(x => Math.Max(x, 0))]);
        Assert.Equal(0, range.Best().ZeroPoint);
    }

    [Fact]
    public void Zeros_alone_have_any_scale()
    {
        var range = new ValueRange();
        range.Add(new float[10]);
        Assert.Equal(new Quantisation(1, 0), range.Best());
    }
}
