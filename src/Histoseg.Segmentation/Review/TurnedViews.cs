using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Review;

/// <summary>Where a model's answers of a place differ between the eight flips and quarter turns of it: what it knows it knows from every side.</summary>
/// <param name="patchSize">Side of the patches it takes, pixels.</param>
/// <param name="batchSize">How many it takes at once.</param>
/// <param name="classes">How many classes it tells apart.</param>
/// <param name="segment">Segments patches: their bytes, how many, and where the probabilities go, class by class for every pixel.</param>
internal sealed class TurnedViews(int patchSize, int batchSize, int classes, TurnedViews.Segment segment)
{
    /// <summary>Segments patches, see <see cref="PatchSegmenter.Segment"/>.</summary>
    public delegate void Segment(ReadOnlySpan<byte> rgb, int count, Span<float> probabilities);

    private readonly int _pixels = patchSize * patchSize;
    private readonly byte[] _patch = new byte[patchSize * patchSize * 3], _turned = new byte[batchSize * patchSize * patchSize * 3];
    private readonly float[] _probabilities = new float[(long)batchSize * patchSize * patchSize * classes];

    /// <summary>The share of a place's pixels that not all views give the same class, 0 to 1.</summary>
    /// <param name="view">The slide at the model's scale.</param>
    /// <param name="place">The place.</param>
    /// <exception cref="SlideError">The slide cannot be read.</exception>
    public double Differ(SlideView view, ReviewPlace place)
    {
        var differing = 0L;
        var (across, down) = ((place.Width + patchSize - 1) / patchSize, (place.Height + patchSize - 1) / patchSize);
        // The patches lie evenly about the place.
        var (left, top) = (place.X - (across * patchSize - place.Width) / 2, place.Y - (down * patchSize - place.Height) / 2);
        for (var row = 0; row < down; row++)
            for (var column = 0; column < across; column++)
            {
                var (x, y) = (left + column * patchSize, top + row * patchSize);
                view.Read(x, y, patchSize, patchSize, _patch);
                var isDisputed = Disputed();
                for (var i = 0; i < _pixels; i++)
                    if (isDisputed[i] && IsIn(place, x + i % patchSize, y + i / patchSize))
                        differing++;
            }
        return differing / ((double)place.Width * place.Height);
    }

    private static bool IsIn(ReviewPlace place, int x, int y) => x >= place.X && x < place.X + place.Width && y >= place.Y && y < place.Y + place.Height;

    // By pixel of the patch, whether two views tell different classes.
    private bool[] Disputed()
    {
        var (first, isDisputed) = (new int[_pixels], new bool[_pixels]);
        for (var turn = 0; turn < SquareTurn.Count; turn += batchSize)
        {
            var count = Math.Min(batchSize, SquareTurn.Count - turn);
            for (var i = 0; i < count; i++)
                TurnedPatch.Write(turn + i, patchSize, _patch, _turned.AsSpan(i * _patch.Length));
            segment(_turned.AsSpan(0, count * _patch.Length), count, _probabilities);
            for (var i = 0; i < count; i++)
                Compare(turn + i, _probabilities.AsSpan(i * _pixels * classes, _pixels * classes), first, isDisputed);
        }
        return isDisputed;
    }

    private void Compare(int turn, ReadOnlySpan<float> probabilities, int[] first, bool[] isDisputed)
    {
        var (start, stepX, stepY) = SquareTurn.Of(turn, patchSize);
        for (var y = 0; y < patchSize; y++)
            for (var x = 0; x < patchSize; x++)
            {
                var label = Likeliest(probabilities.Slice((y * patchSize + x) * classes, classes));
                var pixel = start + x * stepX + y * stepY;
                if (turn == 0)
                    first[pixel] = label;
                isDisputed[pixel] |= label != first[pixel];
            }
    }

    private static int Likeliest(ReadOnlySpan<float> probabilities)
    {
        var best = 0;
        for (var label = 1; label < probabilities.Length; label++)
            if (probabilities[label] > probabilities[best])
                best = label;
        return best;
    }
}
