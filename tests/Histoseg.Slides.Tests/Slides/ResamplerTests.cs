namespace Histoseg.Slides.Tests.Slides;

public class ResamplerTests
{
    /// <summary>Each output pixel is the sum of its source pixels by the weights of both axes, down first, in float32.</summary>
    [Theory]
    [InlineData(1.29, 397, 31)]
    [InlineData(1, 5, 5)]
    [InlineData(1.0001, 66, 7)]
    [InlineData(3.999, 34, 13)]
    [InlineData(17.3, 3, 2)]
    [InlineData(0.5, 41, 9)]
    [InlineData(0.77, 1, 1)]
    [InlineData(2.5, 2, 64)]
    public void EveryPixelIsTheWeightedSumToTheBit(double ratio, int width, int height)
    {
        const int first = 11;
        var across = new ResampleTaps(first, width, ratio, length: 1_000_000);
        var down = new ResampleTaps(first + 2, height, ratio, length: 1_000_000);
        var columns = across.End - across.First;
        var source = new byte[columns * (down.End - down.First) * 3];
        new Random(width).NextBytes(source);
        source.AsSpan(0, source.Length / 3).Fill(255);
        var (stride, edge) = ((width * 3) + 5, (byte)77);
        var target = Enumerable.Repeat(edge, stride * height).ToArray();

        Resampler.Apply(source, across, down, target, stride);

        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                for (var channel = 0; channel < 3; channel++)
                {
                    var sum = 0.5f;
                    for (var tap = 0; tap < across.Weights(x).Length; tap++)
                        sum += Column(across.Start(x) - across.First + tap, channel, y) * across.Weights(x)[tap];
                    Assert.Equal((byte)sum, target[y * stride + x * 3 + channel]);
                }
            Assert.All(target.AsSpan(y * stride + width * 3, 5).ToArray(), b => Assert.Equal(edge, b));
        }

        float Column(int x, int channel, int y)
        {
            var sum = 0f;
            for (var tap = 0; tap < down.Weights(y).Length; tap++)
                sum += source[((down.Start(y) - down.First + tap) * columns + x) * 3 + channel] * down.Weights(y)[tap];
            return sum;
        }
    }
}
