using Histoseg.Segmentation.CleanUp;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output;
using Histoseg.Slides.Regions;

namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>The lesions of a slide's truth as the Camelyon16 challenge counts them.</summary>
/// <remarks>
/// On a grid of 7.776 µm, the challenge's (level 5 at 0.243 µm), a pixel belongs to a lesion when an annotated one is nearer than 37.5 µm,
/// so annotations less than 75 µm apart are one lesion; holes are filled; what is connected (8 neighbours) is a lesion. The seam is the
/// challenge's script's: half the 75 µm, five tumour cells, on either side.
/// </remarks>
internal sealed class LesionMap
{
    /// <summary>µm around annotated tumour that still belong to a lesion.</summary>
    public const double Seam = 37.5;

    private const double Grid = 32 * 0.243; // µm per pixel
    private const int RowsPerPaint = 64;
    private readonly ILabelSource _truth;
    private readonly double _downsample;
    private readonly int _width, _height; // level-0 pixels
    private readonly (int Start, int End, int Lesion)[][] _rows; // what of a row lies in lesions

    private LesionMap(ILabelSource truth, int width, int height, double downsample, Found found)
    {
        (_truth, _width, _height, _downsample) = (truth, width, height, downsample);
        var regions = found.Rows.SelectMany(row => row).Select(run => run.Region!.Root()).Distinct().OrderBy(region => region.Number).ToList();
        var lesionOf = regions.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        _rows = [.. found.Rows.Select(row => row.Select(run => (run.Start, run.End, lesionOf[run.Region!.Root()])).ToArray())];
        Lesions = [.. regions.Select(region => new Lesion(region.Data.MajorAxis * Grid))];
    }

    /// <summary>The lesions, from top to bottom.</summary>
    public IReadOnlyList<Lesion> Lesions { get; }

    /// <summary>Finds a slide's lesions.</summary>
    /// <param name="truth">The annotation.</param>
    /// <param name="label">The class whose regions are lesions.</param>
    /// <param name="width">Level-0 pixels.</param>
    /// <param name="height">Level-0 pixels.</param>
    /// <param name="micronsPerPixel">µm per level-0 pixel.</param>
    public static LesionMap Of(ILabelSource truth, byte label, int width, int height, double micronsPerPixel)
    {
        var downsample = Grid / micronsPerPixel;
        var (columns, rows) = ((int)Math.Ceiling(width / downsample), (int)Math.Ceiling(height / downsample));
        var near = new Dilation(columns, rows, Seam / Grid);
        var band = new byte[checked(columns * RowsPerPaint)];
        for (var y = 0; y < rows; y += RowsPerPaint)
        {
            var count = Math.Min(RowsPerPaint, rows - y);
            truth.Paint(0, y, columns, count, downsample, band);
            for (var j = 0; j < count; j++)
                near.AddRow(y + j, band.AsSpan(j * columns, columns), label);
        }
        using var found = new Found(columns);
        using var filled = new LabelCleanUp(columns, new(MinObject: 0, FillHoles: long.MaxValue), [found]);
        for (var y = 0; y < rows; y++)
            filled.Write(near.Row(y));
        filled.Complete();
        return new(truth, width, height, downsample, found);
    }

    /// <summary>The index of the lesion at a level-0 pixel; null where there is none.</summary>
    public int? At(long x, long y)
    {
        if (!IsOnSlide(x, y))
            return null;
        var (column, row) = ((int)(x / _downsample), (int)(y / _downsample));
        foreach (var (start, end, lesion) in _rows[row])
            if (start <= column && column < end)
                return lesion;
        return null;
    }

    /// <summary>Whether the truth says nothing of a level-0 pixel.</summary>
    public bool IsIgnored(long x, long y)
    {
        if (!IsOnSlide(x, y))
            return false;
        Span<byte> label = stackalloc byte[1];
        _truth.Paint((int)x, (int)y, 1, 1, 1, label);
        return label[0] == ClassMap.Ignore;
    }

    private bool IsOnSlide(long x, long y) => x >= 0 && x < _width && y >= 0 && y < _height;

    /// <summary>Takes the filled rows and finds what is connected.</summary>
    private sealed class Found(int width) : ILabelRows
    {
        private readonly RegionFinder<RegionMoments> _regions = new(byCorners: true, label => label != 0);

        /// <summary>The runs in lesions of every row.</summary>
        public List<List<RegionRun<RegionMoments>>> Rows { get; } = [];

        public void Write(ReadOnlySpan<byte> rows)
        {
            for (; !rows.IsEmpty; rows = rows[width..])
            {
                _regions.Add(rows[..width]);
                var kept = new List<RegionRun<RegionMoments>>();
                foreach (var run in _regions.Runs)
                    if (run.Region?.Root() is { } region)
                    {
                        region.Data = region.Data.With(run.Start, run.End, _regions.Row);
                        kept.Add(run);
                    }
                Rows.Add(kept);
            }
        }

        public void Complete() { }

        public void Dispose() { }
    }
}
