using System.Text.Encodings.Web;
using System.Text.Json;
using Histoseg.View.Corrections;
using Histoseg.View.Facts;
using Histoseg.View.Slides;

namespace Histoseg.View.Http;

/// <summary>What the page is told in JSON.</summary>
internal static class Replies
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.Default };

    /// <summary>The list of slides.</summary>
    public static byte[] List(SlideCatalogue catalogue)
    {
        var state = catalogue.State();
        return Of(new
        {
            state.Titles,
            state.IsRunning,
            state.Problem,
            Slides = state.Slides.Select(slide => (Slide: slide, Facts: catalogue.FactsOf(slide))).Select(one => new
            {
                one.Slide.Id,
                one.Slide.Name,
                one.Slide.Version,
                IsKnown = one.Facts is not null,
                HasLabels = one.Slide.LabelMap is not null,
                Size = one.Facts is { Width: > 0 } facts ? new[] { facts.Width, facts.Height } : null,
                one.Facts?.MicronsPerPixel,
                Areas = one.Facts?.AreasMm2,
                Dice = one.Facts?.Dice ?? one.Slide.Dice,
                Places = catalogue.PlacesOf(one.Slide),
                Error = one.Facts?.Error ?? one.Slide.Error,
            }),
        });
    }

    /// <summary>A slide that is looked at.</summary>
    public static byte[] Slide(SlideContent content)
    {
        var (slide, size, grid) = (content.Description, content.Picture.Levels[0], content.Grid);
        return Of(new
        {
            slide.Id,
            slide.Name,
            slide.Version,
            size.Width,
            size.Height,
            content.MicronsPerPixel,
            Tile = PictureTiles.Side,
            Highest = PictureTiles.Highest(size),
            Classes = slide.Classes.Select((name, label) => new { Name = name, Colour = slide.Palette.Hex(label) }),
            OtherColours = Enumerable.Range(Math.Max(1, slide.Classes.Count), 40).Select(slide.Palette.Hex),
            HasLabels = content.HasLabels,
            content.HasHeat,
            HasTruth = content.Truth is not null,
            HasOutlines = slide.Outlines is not null,
            HasAnnotation = slide.Row.Annotation is not null,
            CanCorrect = slide.Corrections is not null && slide.Classes.Count > 1,
            // QuPath counts from the corner of what was scanned.
            Origin = content.Picture.Bounds is { } part ? new[] { part.X, part.Y } : [0L, 0L],
            content.TruthError,
            Grid = new { grid.Across, grid.Down, MapGrid.Tile, Levels = grid.Levels.Select(level => new { level.Width, level.Height, level.Downsample }) },
        });
    }

    /// <summary>The predicted polygon at a place.</summary>
    public static byte[] Predicted(SlideContent content, int x, int y) => Of(PredictedRegion.At(content, x, y) is not { } region ? new { Class = (string?)null }
        : (object)new { Class = region.Group, Rings = region.Holes.Prepend(region.Ring).Select(ring => ring.Select(point => new[] { point.X, point.Y })) });

    /// <summary>The regions of a slide.</summary>
    public static byte[] Regions(SlideContent content) => Of(RegionList.Of(content));

    /// <summary>That something went wrong, in a line.</summary>
    public static byte[] Error(string message) => Of(new { Error = message });

    private static byte[] Of(object value) => JsonSerializer.SerializeToUtf8Bytes(value, _json);
}
