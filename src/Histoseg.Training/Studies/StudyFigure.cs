using System.Globalization;
using System.Text;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Vips;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Studies;

/// <summary>Draws figure 3: a row per held-out slide; image, truth and each network's prediction side by side.</summary>
internal static class StudyFigure
{
    private const string Title = "Figure 3: image, truth and predictions";
    private const int Side = 320, Gap = 8;

    /// <summary>Writes <c>fig3.png</c>, <c>fig3.html</c> and <c>fig3.md</c>; each appears whole or not at all.</summary>
    /// <param name="study">The study.</param>
    /// <param name="runs">One run per network, of one fold and seed, done or not.</param>
    /// <param name="config">The config of one of them: scale and classes are the same in all.</param>
    /// <param name="output">The study's folder.</param>
    /// <param name="cancel">Stops between slides.</param>
    /// <returns>The files.</returns>
    /// <exception cref="SlideError">A slide or label map cannot be read.</exception>
    public static IReadOnlyList<string> Write(StudyConfig study, IReadOnlyList<StudyRunState> runs, TrainConfig config, string output, CancellationToken cancel)
    {
        using var slides = OpenedSlides.Of(config, runs[0].Run.Fold.Manifest, DataSplit.Test, cancel);
        var count = Math.Min(study.FigureSlides, slides.Slides.Count);
        var rows = new List<Row>();
        // Evenly from the list, because neighbours in it are often of one patient.
        foreach (var slide in Enumerable.Range(0, count).Select(i => slides.Slides[i * slides.Slides.Count / count]))
        {
            cancel.ThrowIfCancellationRequested();
            var crop = new FigureCrop(slide, Side, config.Palette);
            rows.Add(new(slide.Name, crop.Width, crop.Height,
                [crop.Rgb, crop.LaidOver(slide.Labels), .. runs.Select(run => Prediction(run, slide, crop, output))]));
        }
        var (png, page, markdown) = (Path.Combine(output, "fig3.png"), Path.Combine(output, "fig3.html"), Path.Combine(output, "fig3.md"));
        WriteGrid(png, rows);
        WholeFile.WriteText(page, Page(study, runs, rows));
        WholeFile.WriteText(markdown, Markdown(study, runs, rows));
        return [png, page, markdown];
    }

    private sealed record Row(string Slide, int Width, int Height, IReadOnlyList<byte[]?> Pictures);

    private static byte[]? Prediction(StudyRunState run, DatasetSlide slide, FigureCrop crop, string output)
    {
        if (run.Result is null)
            return null;
        using var map = new LabelMap(Path.Combine(output, run.Run.Folder, RunResult.Predictions, slide.Name + ".tif"), slide.View.Slide);
        return crop.LaidOver(map);
    }

    // Pictures that are not there yet stay white.
    private static void WriteGrid(string path, List<Row> rows)
    {
        var columns = rows[0].Pictures.Count;
        int cell = rows.Max(row => row.Width), width = columns * (cell + Gap) - Gap, height = rows.Sum(row => row.Height + Gap) - Gap;
        var grid = new byte[width * height * 3];
        grid.AsSpan().Fill(255);
        var top = 0;
        foreach (var row in rows)
        {
            for (var column = 0; column < columns; column++)
                for (var y = 0; y < row.Height && row.Pictures[column] is not null; y++)
                    row.Pictures[column].AsSpan(y * row.Width * 3, row.Width * 3).CopyTo(grid.AsSpan(((top + y) * width + column * (cell + Gap)) * 3));
            top += row.Height + Gap;
        }
        Pictures.WritePng(path, grid, width, height);
    }

    private static string Page(StudyConfig study, IReadOnlyList<StudyRunState> runs, List<Row> rows)
    {
        var body = new StringBuilder($"<header><h1>{Title}</h1></header>{Html.Legend(study.Protocol.Data.Classes, study.Protocol.Palette)}")
            .Append("<div class=\"wide\"><table><thead><tr><th></th>");
        string[] shown = ["the picture itself", "the annotated classes laid over", .. runs.Select(run => $"what {run.Run.Variant} predicted laid over")];
        var names = runs.Select(run => StudyTableWriter.Run(run, run.Run.Variant, (label, link) => $"<a href=\"{link}\">{label}</a>", Html.Escape));
        foreach (var heading in (string[])["image", "truth", .. names])
            body.Append($"<th style=\"text-align:left\">{heading}</th>");
        body.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
            body.Append($"<tr><td>{Html.Escape(row.Slide)}</td>")
                .AppendJoin("", row.Pictures.Select((picture, i) => $"<td>{(picture is null ? "–" : Picture(row, picture, shown[i]))}</td>")).Append("</tr>\n");
        body.Append($"</tbody></table></div>\n<p class=\"summary\">{Html.Escape(Note(runs))}</p>\n"
            + $"<p class=\"summary\">{Html.Escape(StudyNotes.Data(study, runs))}</p>");
        return Html.Page(Title, body.ToString());
    }

    private static string Picture(Row row, byte[] picture, string shown) =>
        Html.Picture(Pictures.ToJpegBytes(picture, row.Width, row.Height), $"{row.Slide}; {shown}");

    private static string Markdown(StudyConfig study, IReadOnlyList<StudyRunState> runs, List<Row> rows)
    {
        var columns = string.Join(", ", runs.Select(run => StudyTableWriter.Run(run, run.Run.Variant, (label, link) => $"[{label}]({link})")));
        return $"""
            # {Title}

            ![{Title}](fig3.png)

            Left to right: image, truth, {columns}. Top to bottom: {string.Join(", ", rows.Select(row => row.Slide))}.

            {Note(runs)}

            {StudyNotes.Data(study, runs)}

            """;
    }

    private static string Note(IReadOnlyList<StudyRunState> runs) => string.Create(CultureInfo.InvariantCulture,
        $"Held-out slides{(runs[0].Run.Fold.Number is { } fold ? $" of fold {fold}" : "")}, taken evenly from the list; "
            + $"of slides over 2048 pixels the part with the most even mixture of classes. Seed {runs[0].Run.Seed}.");
}
