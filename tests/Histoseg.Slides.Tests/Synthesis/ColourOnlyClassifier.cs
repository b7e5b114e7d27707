using Histoseg.Slides.Synthesis;

namespace Histoseg.Slides.Tests.Synthesis;

/// <summary>
/// The best that colour alone can do: a Bayes classifier on a histogram of the mean colour round each pixel, with the cut that gives the best Dice on what
/// it was trained on.
/// </summary>
internal sealed class ColourOnlyClassifier
{
    private const int Bins = 24;
    private const int Step = 3;
    private readonly double[] _tumour = new double[Bins * Bins * Bins];
    private readonly double[] _all = new double[Bins * Bins * Bins];
    private readonly int _window;
    private readonly double _cut;

    /// <param name="slide">Trained on this.</param>
    /// <param name="window">Edge of the square whose mean colour counts, pixels; 1 = the pixel itself.</param>
    public ColourOnlyClassifier(SyntheticSlide slide, int window)
    {
        _window = window;
        foreach (var (bin, tumour) in Samples(slide))
        {
            _all[bin]++;
            if (tumour) _tumour[bin]++;
        }
        // Taking bins in order of their tumour share, the best Dice is reached at one of the cuts.
        var order = Enumerable.Range(0, _all.Length).Where(b => _all[b] > 0).OrderByDescending(b => _tumour[b] / _all[b]);
        var (truth, taken, hit, best) = (_tumour.Sum(), 0.0, 0.0, 0.0);
        foreach (var bin in order)
        {
            taken += _all[bin];
            hit += _tumour[bin];
            var dice = 2 * hit / (truth + taken);
            if (dice > best) (best, _cut) = (dice, _tumour[bin] / _all[bin]);
        }
    }

    public double Dice(SyntheticSlide slide)
    {
        var (truth, taken, hit) = (0.0, 0.0, 0.0);
        foreach (var (bin, tumour) in Samples(slide))
        {
            var said = _all[bin] > 0 && _tumour[bin] / _all[bin] >= _cut;
            if (tumour) truth++;
            if (said) taken++;
            if (said && tumour) hit++;
        }
        return 2 * hit / (truth + taken);
    }

    private IEnumerable<(int Bin, bool Tumour)> Samples(SyntheticSlide slide)
    {
        var means = Enumerable.Range(0, 3).Select(c => BoxSum.Of(slide.Width, slide.Height, i => slide.Rgb[3 * i + c])).ToArray();
        var reach = _window / 2;
        var scale = 256 * _window * _window;
        for (var y = reach; y < slide.Height - reach; y += Step)
            for (var x = reach; x < slide.Width - reach; x += Step)
            {
                var bin = 0;
                foreach (var mean in means) bin = bin * Bins + mean.Within(x, y, reach) * Bins / scale;
                yield return (bin, slide.IsTumour(x, y));
            }
    }
}

/// <summary>Sums over squares of a picture in constant time (summed-area table).</summary>
internal sealed class BoxSum
{
    private readonly int[] _sums;
    private readonly int _stride;

    private BoxSum(int[] sums, int stride) => (_sums, _stride) = (sums, stride);

    public static BoxSum Of(int width, int height, Func<int, int> value)
    {
        var sums = new int[(width + 1) * (height + 1)];
        for (var y = 0; y < height; y++)
        {
            var row = 0;
            for (var x = 0; x < width; x++)
            {
                row += value(y * width + x);
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
            }
        }
        return new BoxSum(sums, width + 1);
    }

    public int Within(int x, int y, int reach)
    {
        var (top, bottom) = ((y - reach) * _stride, (y + reach + 1) * _stride);
        return _sums[bottom + x + reach + 1] - _sums[bottom + x - reach] - _sums[top + x + reach + 1] + _sums[top + x - reach];
    }
}
