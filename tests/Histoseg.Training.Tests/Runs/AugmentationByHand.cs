using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Tests.Runs;

/// <summary>What a training step's tape does to a patch, in plain loops: turned, then stained, then blurred.</summary>
internal static class AugmentationByHand
{
    /// <summary>A pixel of a picture turned by one of the eight symmetries: which pixel of the picture it is.</summary>
    public static (int Row, int Column) Source(int symmetry, int size, int row, int column)
    {
        if ((symmetry & 4) != 0)
            (row, column) = (column, row);
        return ((symmetry & 2) != 0 ? size - 1 - row : row, (symmetry & 1) != 0 ? size - 1 - column : column);
    }

    public static byte[] Labels(Augmentation augmentation, byte[] labels, int size)
    {
        var turned = new byte[size * size];
        for (var row = 0; row < size; row++)
            for (var column = 0; column < size; column++)
            {
                var (fromRow, fromColumn) = Source(augmentation.Symmetry, size, row, column);
                turned[row * size + column] = labels[fromRow * size + fromColumn];
            }
        return turned;
    }

    public static byte[] Colours(Augmentation augmentation, byte[] rgb, int size)
    {
        var y = new byte[size * size * 3];
        for (var row = 0; row < size; row++)
            for (var column = 0; column < size; column++)
            {
                var (fromRow, fromColumn) = Source(augmentation.Symmetry, size, row, column);
                rgb.AsSpan((fromRow * size + fromColumn) * 3, 3).CopyTo(y.AsSpan((row * size + column) * 3));
            }
        if (augmentation.Stain is { } stain)
            Stain(stain, y);
        return augmentation.IsBlurred ? Blurred(y, size, augmentation.BlurSigma) : y;
    }

    private static void Stain(StainJitter stain, byte[] rgb)
    {
        var numbers = new float[12];
        stain.Write(numbers);
        var (density, light) = (StainJitter.DensityOfBytes, StainJitter.BytesOfDensity);
        for (var i = 0; i < rgb.Length; i += 3)
        {
            var (r, g, b) = (density[rgb[i]], density[rgb[i + 1]], density[rgb[i + 2]]);
            for (var c = 0; c < 3; c++)
            {
                var sum = numbers[4 * c] * r + numbers[4 * c + 1] * g + numbers[4 * c + 2] * b + numbers[4 * c + 3];
                rgb[i + c] = light[Math.Clamp((int)sum, 0, light.Count - 1)];
            }
        }
    }

    private static byte[] Blurred(byte[] rgb, int size, double sigma)
    {
        var weights = GaussianBlur.Weights(sigma);
        var reach = weights.Length / 2;
        var (across, y) = (new float[rgb.Length], new byte[rgb.Length]);
        int At(int row, int column, int channel) => (Math.Clamp(row, 0, size - 1) * size + Math.Clamp(column, 0, size - 1)) * 3 + channel;
        for (var i = 0; i < rgb.Length; i++)
        {
            var (row, column, channel) = (i / 3 / size, i / 3 % size, i % 3);
            for (var tap = 0; tap < weights.Length; tap++)
                across[i] += weights[tap] * rgb[At(row, column + tap - reach, channel)];
        }
        for (var i = 0; i < rgb.Length; i++)
        {
            var (row, column, channel) = (i / 3 / size, i / 3 % size, i % 3);
            var sum = 0.5f;
            for (var tap = 0; tap < weights.Length; tap++)
                sum += weights[tap] * across[At(row + tap - reach, column, channel)];
            y[i] = (byte)sum;
        }
        return y;
    }
}
