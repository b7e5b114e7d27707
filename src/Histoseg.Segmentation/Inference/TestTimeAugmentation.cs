namespace Histoseg.Segmentation.Inference;

/// <summary>A segmenter that shows another one every patch in its 8 flips and rotations and averages the probabilities, turned back.</summary>
public sealed class TestTimeAugmentation : IPatchSegmenter
{
    private const int Transforms = 8;
    private readonly IPatchSegmenter _inner;
    private readonly byte[] _turned;
    private readonly float[] _answer;

    /// <summary>Wraps <paramref name="inner"/>, which the caller keeps owning.</summary>
    public TestTimeAugmentation(IPatchSegmenter inner)
    {
        _inner = inner;
        var pixels = checked(inner.BatchSize * inner.PatchSize * inner.PatchSize);
        _turned = new byte[checked(pixels * 3)];
        _answer = new float[checked(pixels * inner.Classes)];
    }

    /// <inheritdoc/>
    public int Classes => _inner.Classes;

    /// <inheritdoc/>
    public int PatchSize => _inner.PatchSize;

    /// <inheritdoc/>
    public int BatchSize => _inner.BatchSize;

    /// <inheritdoc/>
    public void Segment(ReadOnlySpan<byte> rgb, int count, Span<float> probabilities)
    {
        int size = PatchSize, classes = Classes, patch = size * size;
        probabilities[..(count * patch * classes)].Clear();
        for (var transform = 0; transform < Transforms; transform++)
        {
            var (start, stepX, stepY) = Walk(transform, size);
            for (var n = 0; n < count; n++)
                for (var y = 0; y < size; y++)
                {
                    var from = n * patch + start + y * stepY;
                    var to = (n * patch + y * size) * 3;
                    for (var x = 0; x < size; x++, from += stepX, to += 3)
                        rgb.Slice(from * 3, 3).CopyTo(_turned.AsSpan(to));
                }

            _inner.Segment(_turned.AsSpan(0, count * patch * 3), count, _answer.AsSpan(0, count * patch * classes));

            for (var n = 0; n < count; n++)
                for (var y = 0; y < size; y++)
                {
                    var to = n * patch + start + y * stepY;
                    var from = (n * patch + y * size) * classes;
                    for (var x = 0; x < size; x++, to += stepX, from += classes)
                        for (var c = 0; c < classes; c++)
                            probabilities[to * classes + c] += _answer[from + c] / Transforms;
                }
        }
    }

    /// <summary>Does nothing: the wrapped segmenter belongs to the caller.</summary>
    public void Dispose() { }

    // Pixel (x, y) of the turned patch is pixel start + x·stepX + y·stepY of the original: bit 0 mirrors x, bit 1 mirrors y, bit 2 transposes.
    private static (int Start, int StepX, int StepY) Walk(int transform, int size)
    {
        var mirrorX = (transform & 1) != 0;
        var mirrorY = (transform & 2) != 0;
        var start = (mirrorX ? size - 1 : 0) + (mirrorY ? (size - 1) * size : 0);
        var alongX = mirrorX ? -1 : 1;
        var alongY = mirrorY ? -size : size;
        return (transform & 4) == 0 ? (start, alongX, alongY) : (start, alongY, alongX);
    }
}
