using Histoseg.Slides;
using Histoseg.Slides.Labels;

namespace Histoseg.Segmentation.Review;

/// <summary>Finds the squares of a slide where the network was least sure, or where two runs disagree most.</summary>
internal static class ReviewSearch
{
    // Squares begin at multiples of a quarter of their side: the best one is missed by an eighth at most.
    private const int Steps = 4, RowsPerRead = 256;
    private const long MostPixels = 1 << 24;

    // A square in which nothing is doubtful teaches nothing, be it the best there is.
    private const double LeastScore = 0.005;

    /// <summary>Finds them in the finest level of no more than 16 million pixels.</summary>
    /// <param name="labels">The label map.</param>
    /// <param name="heat">The heat map of the same run; null: none.</param>
    /// <param name="other">The label map of another run at the same scale; null: none.</param>
    /// <param name="side">Side of a square, pixels of the label map.</param>
    /// <param name="count">The most places wanted.</param>
    /// <returns>Places that do not overlap, the best first.</returns>
    /// <exception cref="SlideError">A map is damaged, or they do not belong together.</exception>
    public static IReadOnlyList<ReviewPlace> Of(LabelPicture labels, LabelPicture? heat, LabelPicture? other, int side, int count)
    {
        foreach (var map in new[] { heat, other })
            if (map is not null && (map.Width, map.Height) != (labels.Width, labels.Height))
                throw new SlideError($"maps of {labels.Width} × {labels.Height} and {map.Width} × {map.Height} pixels: both runs must be at one scale");
        var level = labels.Levels.Within(MostPixels);
        var size = labels.Levels[level];
        var cell = Math.Max(1, (int)Math.Round(side / size.Downsample / Steps));
        var (across, down) = ((size.Width + cell - 1) / cell, (size.Height + cell - 1) / cell);
        var (doubt, differs) = (new double[across * down], new double[across * down]);
        for (var y = 0; y < size.Height; y += RowsPerRead)
        {
            var rows = Math.Min(RowsPerRead, size.Height - y);
            if (heat is not null)
                Add(heat.Read(level, 0, y, size.Width, rows), y, doubt, (value, _) => HeatMap.Doubt(value) / 255.0);
            if (other is not null)
            {
                var theirs = other.Read(level, 0, y, size.Width, rows);
                Add(labels.Read(level, 0, y, size.Width, rows), y, differs, (value, i) => value == theirs[i] ? 0 : 1);
            }
        }
        return Best(doubt, differs);

        void Add(byte[] values, int top, double[] sums, Func<byte, int, double> measure)
        {
            for (var i = 0; i < values.Length; i++)
                sums[((top + i / size.Width) / cell * across) + i % size.Width / cell] += measure(values[i], i);
        }

        List<ReviewPlace> Best(double[] doubts, double[] differences)
        {
            var candidates = new List<ReviewPlace>();
            for (var row = 0; row <= Math.Max(0, down - Steps); row++)
                for (var column = 0; column <= Math.Max(0, across - Steps); column++)
                    candidates.Add(Place(column, row, doubts, differences));
            var taken = new List<ReviewPlace>();
            foreach (var place in candidates.Where(place => place.Score >= LeastScore).OrderByDescending(place => place.Score))
            {
                if (taken.Count == count)
                    break;
                if (!taken.Any(one => Overlap(one, place)))
                    taken.Add(place);
            }
            return taken;
        }

        ReviewPlace Place(int column, int row, double[] doubts, double[] differences)
        {
            var (sumOfDoubt, sumOfDifferences) = (0.0, 0.0);
            for (var j = row; j < Math.Min(down, row + Steps); j++)
                for (var i = column; i < Math.Min(across, column + Steps); i++)
                    (sumOfDoubt, sumOfDifferences) = (sumOfDoubt + doubts[(j * across) + i], sumOfDifferences + differences[(j * across) + i]);
            var (left, top) = (column * cell, row * cell);
            var (right, bottom) = (Math.Min(size.Width, left + Steps * cell), Math.Min(size.Height, top + Steps * cell));
            var pixels = (double)(right - left) * (bottom - top);
            int At(int place, int most) => Math.Min(most, (int)Math.Round(place * size.Downsample));
            var (x, y) = (At(left, labels.Width), At(top, labels.Height));
            return new(x, y, At(right, labels.Width) - x, At(bottom, labels.Height) - y, sumOfDoubt / pixels, sumOfDifferences / pixels);
        }
    }

    private static bool Overlap(ReviewPlace a, ReviewPlace b) =>
        a.X < b.X + b.Width && b.X < a.X + a.Width && a.Y < b.Y + b.Height && b.Y < a.Y + a.Height;
}
