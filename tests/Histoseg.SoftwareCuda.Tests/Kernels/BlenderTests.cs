using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.SoftwareCuda.Tests.Backend;

namespace Histoseg.SoftwareCuda.Tests.Kernels;

/// <summary>Blending on the device gives, bit for bit, what the same sums give here.</summary>
public class BlenderTests
{
    private const int P = 8, Width = 21;
    private static readonly int[] Columns = [0, 5, 13], Rows = [0, 5, 10];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(11)]
    public void Overlapping_patches_add_up_in_order(int classes)
    {
        var (height, random) = (Rows[^1] + 6, new Random(classes)); // the last row of patches hangs over
        float[][] columnWeights = [.. Columns.Select(x => Draw(random, Math.Min(P, Width - x)))];
        float[][] rowWeights = [.. Rows.Select(y => Draw(random, Math.Min(P, height - y)))];
        var sums = new float[height * Width * classes];

        var tape = new Tape();
        var x = tape.Input("x", new Shape(2, P, P, classes));
        var probabilities = tape.Keep(tape.Softmax(x, ElementType.Wide));
        using var gpu = new SoftwareGpu(Precision.Fp32);
        using var program = gpu.Backend.Compile(tape);
        using (var blender = program.CreateBlender(probabilities, new(Width, columnWeights, rowWeights, RowsPerPost: 3, Posts: 2, GivesShares: true)))
        {
            var (labels, foreground, shares, unseen, next) = (new List<byte>(), new List<byte>(), new List<byte>(), 0L, 0);
            void PostUpTo(int end)
            {
                while (next < end)
                {
                    var count = Math.Min(blender.RowsPerPost, end - next);
                    blender.Post(next, count);
                    next += count;
                    if (blender.Pending < blender.Posts && next < end)
                        continue;
                    while (blender.Pending > 0)
                    {
                        var rows = blender.Collect();
                        Assert.False(rows.HasNaN);
                        (labels, foreground, unseen) = ([.. labels, .. rows.Labels], [.. foreground, .. rows.Foreground], unseen + rows.Unseen);
                        shares.AddRange(rows.Shares);
                    }
                }
            }
            for (var row = 0; row < Rows.Length; row++)
            {
                PostUpTo(Rows[row]);
                program.Write(x, Draw(random, (int)x.Shape.Count));
                program.Run();
                var answers = program.Read(probabilities);
                for (var column = 0; column < 2; column++) // the third column is never readable
                {
                    if (row == 1 && column == 1)
                        blender.AddBackground(Columns[column], Rows[row], column, row);
                    else
                        blender.Add(column, Columns[column], Rows[row], column, row);
                    AddHere(sums, answers.AsSpan(column * P * P * classes), classes, row, column, columnWeights[column], rowWeights[row],
                        background: row == 1 && column == 1);
                }
            }
            PostUpTo(height);
            var expected = DecideHere(sums, classes);
            Assert.Equal(expected.Labels, labels);
            Assert.Equal(expected.Foreground, foreground);
            Assert.Equal(expected.Shares, shares);
            Assert.Equal(expected.Labels.Count(l => l == 255), unseen);
            Assert.InRange(unseen, 1, height * Width - 1);
        }
    }

    [Fact]
    public void Answers_that_are_no_numbers_are_told()
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, P, P, 2));
        var probabilities = tape.Keep(tape.Softmax(x, ElementType.Wide));
        using var gpu = new SoftwareGpu(Precision.Fp32);
        using var program = gpu.Backend.Compile(tape);
        using var blender = program.CreateBlender(probabilities, new(P, [Draw(new Random(1), P)], [Draw(new Random(2), P)]));
        var logits = new float[P * P * 2];
        logits[31] = float.NaN;
        program.Write(x, logits);
        program.Run();
        blender.Add(0, 0, 0, 0, 0);
        blender.Post(0, 1);
        blender.Post(1, 1);
        Assert.False(blender.Collect().HasNaN);
        Assert.True(blender.Collect().HasNaN);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Turns_are_averaged_to_the_same_bits_as_on_the_processor(int classes)
    {
        var random = new Random(classes);
        var tape = new Tape();
        var x = tape.Input("x", new Shape(2, P, P, classes));
        var probabilities = tape.Keep(tape.Softmax(x, ElementType.Wide));
        using var gpu = new SoftwareGpu(Precision.Fp32);
        using var program = gpu.Backend.Compile(tape);
        var layout = new BlendLayout(P, [Draw(random, P)], [Draw(random, P)], AveragesTurns: true);
        var answers = new float[2 * P * P * classes];
        using var here = new HostBlender(() => answers, 2, P, classes, layout);
        using var there = program.CreateBlender(probabilities, layout);
        for (var batch = 0; batch < 2; batch++) // the second shows that the first one's mean is gone
        {
            for (var turn = 0; turn < SquareTurn.Count; turn++)
            {
                program.Write(x, Draw(random, (int)x.Shape.Count));
                program.Run();
                program.Read(probabilities, answers);
                here.TakeTurn(turn, 2);
                there.TakeTurn(turn, 2);
            }
            foreach (var blender in new[] { here, there })
            {
                blender.Add(batch, 0, 0, 0, 0);
                blender.Post(0, P);
            }
            var expected = here.Collect();
            var actual = there.Collect();
            Assert.Equal(expected.Labels.ToArray(), actual.Labels.ToArray());
            Assert.Equal(expected.Foreground.ToArray(), actual.Foreground.ToArray());
            Assert.True(expected.Labels.ToArray().Distinct().Count() > 1);
        }
    }

    [Fact]
    public void Without_turns_in_the_layout_there_are_none()
    {
        var tape = new Tape();
        var probabilities = tape.Keep(tape.Softmax(tape.Input("x", new Shape(1, P, P, 2)), ElementType.Wide));
        using var gpu = new SoftwareGpu(Precision.Fp32);
        using var program = gpu.Backend.Compile(tape);
        using var blender = program.CreateBlender(probabilities, new(P, [Draw(new Random(1), P)], [Draw(new Random(2), P)]));
        Assert.Throws<InvalidOperationException>(() => blender.TakeTurn(0, 1));
    }

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(0.05 + random.NextDouble()))];

    private static void AddHere(float[] sums, ReadOnlySpan<float> answers, int classes, int row, int column,
        float[] columnWeights, float[] rowWeights, bool background)
    {
        for (var j = 0; j < rowWeights.Length; j++)
            for (var i = 0; i < columnWeights.Length; i++)
                for (var c = 0; c < (background ? 1 : classes); c++)
                {
                    var weight = columnWeights[i] * rowWeights[j];
                    sums[((Rows[row] + j) * Width + Columns[column] + i) * classes + c] += background ? weight : weight * answers[(j * P + i) * classes + c];
                }
    }

    private static (List<byte> Labels, List<byte> Foreground, List<byte> Shares) DecideHere(float[] sums, int classes)
    {
        var (labels, foreground, shares) = (new List<byte>(), new List<byte>(), new List<byte>());
        foreach (var pixel in sums.Chunk(classes))
        {
            var weight = pixel[0];
            foreach (var share in pixel[1..])
                weight += share;
            labels.Add(weight > 0 ? (byte)Array.IndexOf(pixel, pixel.Max()) : (byte)255);
            foreground.Add(weight > 0 ? (byte)(255 * Math.Clamp(1 - pixel[0] / weight, 0, 1) + 0.5f) : (byte)0);
            shares.AddRange(pixel.Select(share => weight > 0 ? (byte)(255 * (share / weight) + 0.5f) : (byte)0));
        }
        return (labels, foreground, shares);
    }
}
