using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Output.Polygons;
using Histoseg.Slides.Regions;
using Histoseg.View.Slides;

namespace Histoseg.View.Facts;

/// <summary>The regions of a slide that a reader goes through: the predicted ones, and where prediction and truth differ.</summary>
/// <param name="Predicted">Connected regions of one predicted class and at least 16 pixels of the label map, largest first.</param>
/// <param name="Wrong">Connected regions whose prediction is not the truth, largest first; null: there is no truth.</param>
internal sealed record RegionList(IReadOnlyList<MapRegion> Predicted, IReadOnlyList<MapRegion>? Wrong)
{
    private const int Most = 5000, RowsPerRead = 256;
    private const long MostPixels = 1 << 24;

    /// <summary>Finds them, in the finest level of the label map that has no more than 16 million pixels.</summary>
    /// <exception cref="SlideError">A map is damaged.</exception>
    public static RegionList Of(SlideContent content)
    {
        var level = content.Grid.Levels.Within(MostPixels);
        var size = content.Grid.Levels[level];
        var truth = content.HasLabels && content.Truth is not null;
        var predicted = new Gatherer(content.Grid, size);
        var wrong = truth ? new Gatherer(content.Grid, size) : null;
        for (var y = 0; content.HasLabels && y < size.Height; y += RowsPerRead)
        {
            var band = new Region(0, y, size.Width, Math.Min(RowsPerRead, size.Height - y));
            var labels = content.Labels(level, band);
            var heat = content.HasHeat ? content.Heat(level, band) : null;
            var differs = wrong is null ? null : Differences(labels, content.TruthAt(level, band));
            for (var row = 0; row < band.Height; row++)
            {
                var line = (row * size.Width)..((row + 1) * size.Width);
                predicted.Add(labels.AsSpan(line), heat is null ? [] : heat.AsSpan(line));
                wrong?.Add(differs.AsSpan(line), []);
            }
        }
        return new(predicted.Finish(PolygonLimits.UsualLeast), wrong?.Finish(0));
    }

    // The class that is meant: the true one, or where that is background the one predicted.
    private static byte[] Differences(byte[] labels, byte[] truth)
    {
        var wrong = new byte[labels.Length];
        for (var i = 0; i < wrong.Length; i++)
            if (labels[i] != truth[i] && labels[i] != ClassMap.Ignore && truth[i] != ClassMap.Ignore)
                wrong[i] = truth[i] == 0 ? labels[i] : truth[i];
        return wrong;
    }

    private sealed class Gatherer(MapGrid grid, SlideLevel size)
    {
        private readonly RegionFinder<RegionTally> _finder = new(byCorners: true, label => label is not (0 or ClassMap.Ignore));
        private readonly List<MapRegion> _regions = [];
        private bool _hasHeat;

        public void Add(ReadOnlySpan<byte> row, ReadOnlySpan<byte> heat)
        {
            _hasHeat |= heat.Length > 0;
            _finder.Add(row);
            foreach (var run in _finder.Runs)
                run.Region?.Root().Data.Add(run.Start, run.End, _finder.Row, heat.Length == 0 ? 0 : Doubt(heat[run.Start..run.End]));
            _finder.TakeEnded(Take);
        }

        public IReadOnlyList<MapRegion> Finish(int least)
        {
            _finder.Add(ReadOnlySpan<byte>.Empty);
            _finder.TakeEnded(Take);
            return [.. _regions.Where(region => region.Area >= least * grid.Across * grid.Down).OrderByDescending(region => region.Area).Take(Most)];
        }

        private static double Doubt(ReadOnlySpan<byte> heat)
        {
            var sum = 0;
            foreach (var value in heat)
                sum += HeatMap.Doubt(value);
            return sum / 255.0;
        }

        private void Take(ConnectedRegion<RegionTally> region)
        {
            var (across, down, tally) = (grid.Across * size.Downsample, grid.Down * size.Downsample, region.Data);
            var (start, end, line) = tally.Longest;
            _regions.Add(new(region.Label, tally.Left * across, tally.Top * down, tally.Right * across, (region.LastRow + 1) * down,
                (start + end) / 2.0 * across, (line + 0.5) * down, region.Area * across * down, _hasHeat ? tally.Uncertainty / region.Area : null));
        }
    }
}
