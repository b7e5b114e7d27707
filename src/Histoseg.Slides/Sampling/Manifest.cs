using System.Globalization;
using Histoseg.Slides.Output;

namespace Histoseg.Slides.Sampling;

/// <summary>The slides of a dataset, from a CSV file <c>slide,annotation,mask,split,patient,mpp,region</c> or from folders of pictures and masks.</summary>
/// <param name="Path">The CSV file or the folder of pictures.</param>
/// <param name="Rows">The slides, at least one. No slide is there twice, and no patient is in two splits.</param>
internal sealed partial record Manifest(string Path, IReadOnlyList<ManifestRow> Rows)
{
    private static readonly string[] _columns = ["slide", "annotation", "mask", "split", "patient", "mpp", "region"];

    /// <summary>
    /// Reads a manifest. Only column <c>slide</c> is required; paths are relative to the CSV file, with either slash; split is train, val or test.
    /// </summary>
    /// <param name="path">The CSV file.</param>
    /// <param name="requireFiles">Whether every slide, annotation and mask must exist.</param>
    /// <exception cref="SlideError">The file is missing, empty or wrong, a file it names is missing, or a patient is in two splits; the message names the
    /// row.</exception>
    public static Manifest Load(string path, bool requireFiles = true)
    {
        var csv = new ManifestCsv(path, ["slide"], _columns);
        var rows = new List<ManifestRow>();
        var lines = new Dictionary<string, int>();
        foreach (var (line, field) in csv.Rows)
        {
            string? File(string column) => field(column) is { } text ? Resolve(csv, line, column, path, text, requireFiles) : null;
            var slide = File("slide") ?? throw csv.Error(line, "no slide is given");
            if (!lines.TryAdd(slide, line))
                throw csv.Error(line, $"slide {slide} is in row {lines[slide]} already");
            var row = new ManifestRow(slide, File("annotation"), File("mask"), SplitOf(csv, line, field("split")),
                field("patient") ?? System.IO.Path.GetFileNameWithoutExtension(slide), MppOf(csv, line, field("mpp")))
            { Region = field("region") };
            if (row is { Region: not null, Annotation: null })
                throw csv.Error(line, $"there is no annotation in which '{row.Region}' could be a region");
            if (row is { Annotation: not null, Mask: not null })
                throw csv.Error(line, "the slide has both an annotation and a mask; give one of them");
            rows.Add(row);
        }
        return Checked(path, rows);
    }

    /// <summary>The slides of one split.</summary>
    public IEnumerable<ManifestRow> Of(DataSplit split) => Rows.Where(r => r.Split == split);

    /// <summary>Rows as such a CSV file; the column <c>region</c> is there where a row has one.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="folder">The folder that paths are written relative to; null: they are written as they are.</param>
    public static string ToCsv(IReadOnlyList<ManifestRow> rows, string? folder = null)
    {
        var columns = rows.Any(row => row.Region is not null) ? _columns : _columns[..^1];
        return CsvText.Of(columns, rows.Select(row => (IReadOnlyList<string>)((string[])
        [
            Written(row.Slide), Written(row.Annotation), Written(row.Mask), row.Split?.ToString().ToLowerInvariant() ?? "", row.Patient,
            row.Mpp?.ToString("R", CultureInfo.InvariantCulture) ?? "", row.Region ?? "",
        ])[..columns.Length]));

        string Written(string? path) => path is null ? "" : folder is null ? path
            : System.IO.Path.GetRelativePath(folder, System.IO.Path.GetFullPath(path)).Replace('\\', '/');
    }

    private static Manifest Checked(string path, List<ManifestRow> rows)
    {
        if (rows.Count == 0)
            throw new SlideError($"{path}: no slides in it");
        foreach (var patient in rows.Where(r => r.Split is not null).GroupBy(r => r.Patient))
        {
            var first = patient.First();
            if (patient.FirstOrDefault(r => r.Split != first.Split) is { } other)
                throw new SlideError($"{path}: patient '{patient.Key}' is in two splits, {Place(first)} and {Place(other)}; "
                    + "put all slides of a patient into one");
        }
        return new Manifest(path, rows);
    }

    private static string Place(ManifestRow row) =>
        $"{row.Split.ToString()!.ToLowerInvariant()} ({System.IO.Path.GetFileName(row.Slide)})";

    private static string Resolve(ManifestCsv csv, int line, string column, string manifest, string text, bool require)
    {
        try
        {
            var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(manifest))!;
            // A manifest written on Windows is read elsewhere too; a backslash in a Unix file name is not worth losing that.
            var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, text.Replace('\\', '/')));
            if (require && !System.IO.Path.Exists(path))
                throw csv.Error(line, $"the {column} {path} does not exist");
            return path;
        }
        catch (ArgumentException e)
        {
            throw new SlideError(csv.Error(line, $"the {column} is no path").Message, e);
        }
    }

    private static DataSplit? SplitOf(ManifestCsv csv, int line, string? text) => text?.ToLowerInvariant() switch
    {
        null => null,
        "train" => DataSplit.Train,
        "val" => DataSplit.Val,
        "test" => DataSplit.Test,
        _ => throw csv.Error(line, $"split '{text}' is none of train, val, test{NearestName.Hint(text, ["train", "val", "test"])}"),
    };

    private static double? MppOf(ManifestCsv csv, int line, string? text)
    {
        if (text is null)
            return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var mpp) && mpp is > 0 and <= 1000
            ? mpp
            : throw csv.Error(line, $"mpp '{text}' is not a number of µm per pixel above 0");
    }
}
