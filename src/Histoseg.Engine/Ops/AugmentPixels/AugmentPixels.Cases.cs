using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.AugmentPixels"/>.</summary>
/// <remarks>Bytes have no gradient; a sum with a real input, and a loss on the labels, give the checks something to differentiate.</remarks>
internal sealed class AugmentPixelsCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        float[] density = [.. Enumerable.Range(0, 256).Select(v => (float)(-Math.Log((v + 1) / 256.0) * 1024))];
        byte[] light = [.. Enumerable.Range(0, 5680).Select(i => (byte)Math.Round(Math.Clamp(256 * Math.Exp(-i / 1024.0) - 1, 0, 255)))];
        foreach (var (name, size, reach) in new[] { ("without blur", 9, 0), ("blur", 35, 3), ("a blur wider than the picture", 5, 16) })
        {
            var shape = new Shape(3, size, size, 3);
            CaseInput[] inputs =
            [
                new(shape, Draw.Colours), new(shape with { C = 1 }, Draw.Colours, Limit: 4),
                new(new(3, 1, 1, Ops.AugmentPixels.RowLength(reach)), Draw.Augmentations, IsWide: true), new(shape),
            ];
            yield return new("augment_pixels", $"colours, {name}", inputs,
                (t, v) => t.Add(t.NormalisePixels(t.AugmentPixels(v[0], v[1], v[2], density, light).Colours, [0.5, 0.5, 0.5], [1, 1, 1]), v[3]));
            yield return new("augment_pixels", $"labels, {name}", inputs,
                (t, v) => t.SegmentationLoss(v[3], t.AugmentPixels(v[0], v[1], v[2], density, light).Labels).Loss);
        }
    }

    /// <summary>Numbers of one row of <see cref="Ops.AugmentPixels"/>: any symmetry, a small change of colours, a blur.</summary>
    internal static void DrawAugmentation(Random random, Span<double> row)
    {
        row[0] = random.Next(8);
        for (var c = 0; c < 3; c++)
        {
            for (var from = 0; from < 3; from++)
                row[1 + 4 * c + from] = (c == from ? 1 : 0) + 0.2 * (random.NextDouble() - 0.5);
            row[4 + 4 * c] = 100 * (random.NextDouble() - 0.5);
        }
        var weights = row[Ops.AugmentPixels.WeightsAt..];
        for (var k = 0; k < weights.Length; k++)
            weights[k] = Math.Exp(-k);
        var total = 2 * weights.ToArray().Sum() - 1;
        foreach (ref var weight in weights)
            weight /= total;
    }
}
