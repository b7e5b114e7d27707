using System.Globalization;
using System.Text;
using CsvHelper;
using Histoseg.Slides;
using Histoseg.Slides.Output;

namespace Histoseg.Training.Reports;

/// <summary>Writes <c>metrics.csv</c> line by line; each line is on disk when <see cref="Append"/> returns.</summary>
internal sealed class MetricsCsv : IDisposable
{
    private static readonly string[] Fixed =
        ["iteration", "seconds", "loss", "cross_entropy", "location_loss", "learning_rate", "positive_share", "patches_per_second"];
    private const string DicePrefix = "val_dice_";
    private readonly FileStream _file;
    private readonly int _classes;

    private MetricsCsv(FileStream file, int classes) => (_file, _classes) = (file, classes);

    /// <summary>Starts the file, or goes on with it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="classes">Class names, background included; each has a Dice column.</param>
    /// <param name="resumeFrom">Iteration of the checkpoint gone on from: later lines are removed. 0: the file is begun anew.</param>
    /// <exception cref="SlideError">The file that is gone on with is not such a table or has other classes.</exception>
    public static MetricsCsv Open(string path, IReadOnlyList<string> classes, int resumeFrom = 0)
    {
        var kept = resumeFrom > 0 && File.Exists(path) ? Read(path) : new([], []);
        if (kept.Rows.Count > 0 && !kept.Classes.SequenceEqual(classes))
            throw new SlideError($"{path}: has the classes {string.Join(", ", kept.Classes)}, the run to be resumed has {string.Join(", ", classes)}; "
                + "give another output folder");
        var rows = kept.Rows.Where(row => row.Iteration <= resumeFrom).Select(Fields);
        WholeFile.WriteText(path, CsvText.Of([.. Fixed, .. classes.Select(name => DicePrefix + name)], rows.Select(row => Padded(row, classes.Count))));
        // Without a buffer: closing must not fail again on a full disk.
        return new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0), classes.Count);
    }

    /// <summary>Adds a line.</summary>
    /// <exception cref="SlideError">The disk is full or failed.</exception>
    public void Append(MetricsRow row)
    {
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(CsvText.Of(Padded(Fields(row), _classes), [])));
        }
        catch (IOException error)
        {
            throw new WriteError(_file.Name, error);
        }
    }

    /// <summary>Reads a file; a last line that was cut off when the program was killed is left out.</summary>
    /// <exception cref="SlideError">It is not such a table, or cannot be read.</exception>
    public static MetricsTable Read(string path)
    {
        var wrong = $"{path}: not a table of training metrics (its columns must begin {string.Join(',', Fixed)}); move it away or give another output folder";
        try
        {
            using var csv = CsvReader.Create(InputFile.Open(path), new CsvReaderOptions { Separator = ',', HasHeader = false }, leaveOpen: false);
            var heading = csv.Read() ? FieldsOf(csv) : [];
            if (heading.Length < Fixed.Length || !heading.Take(Fixed.Length).SequenceEqual(Fixed))
                throw new SlideError(wrong);
            var classes = heading.Skip(Fixed.Length)
                .Select(name => name.StartsWith(DicePrefix, StringComparison.Ordinal) ? name[DicePrefix.Length..] : name).ToArray();
            var rows = new List<MetricsRow>();
            while (csv.Read())
            {
                if (RowOf(FieldsOf(csv), classes.Length) is { } row)
                    rows.Add(row);
            }
            return new(classes, rows);
        }
        catch (CsvFormatException error)
        {
            throw new SlideError(wrong, error);
        }
        catch (Exception error) when (FileTrouble.Is(error))
        {
            throw new SlideError($"{path}: cannot be read: {FileTrouble.InWords(error)}", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string[] FieldsOf(CsvReader csv) => [.. Enumerable.Range(0, csv.FieldCount).Select(i => CsvText.Plain(csv.GetString(i)))];

    private static MetricsRow? RowOf(string[] fields, int classes)
    {
        if (fields.Length != Fixed.Length + classes || !int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var iteration))
            return null;
        var numbers = new double[fields.Length];
        for (var i = 1; i < fields.Length; i++)
        {
            if (!double.TryParse(fields[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) && (i < Fixed.Length || fields[i].Length > 0))
                return null;
        }
        var validated = classes > 0 && fields[^1].Length > 0;
        return new(iteration, numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7], validated ? numbers[Fixed.Length..] : null);
    }

    private static string[] Fields(MetricsRow row) =>
    [
        row.Iteration.ToString(CultureInfo.InvariantCulture),
        .. new[] { row.Seconds, row.Loss, row.CrossEntropy, row.LocationLoss, row.LearningRate, row.PositiveShare, row.PatchesPerSecond }
            .Concat(row.ValidationDice ?? []).Select(number => number.ToString("G9", CultureInfo.InvariantCulture)),
    ];

    private static string[] Padded(string[] fields, int classes) => [.. fields, .. Enumerable.Repeat("", Fixed.Length + classes - fields.Length)];
}
