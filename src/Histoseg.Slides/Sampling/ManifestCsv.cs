using CsvHelper;
using Histoseg.Slides.Output;

namespace Histoseg.Slides.Sampling;

/// <summary>A CSV file with named columns, read whole; shared by the manifest and the list of patients.</summary>
internal sealed class ManifestCsv
{
    private static readonly CsvReaderOptions _options = new()
    {
        Separator = ',',
        HasHeader = false,
        TrimWhitespace = true,
        TrackLineNumbers = true,
        MalformedData = CsvMalformedDataHandling.Throw,
    };

    private readonly string _path;
    private readonly Dictionary<string, int> _columns = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(int Line, string[] Fields)> _rows = [];

    /// <summary>Reads a CSV file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="required">Columns that must be there.</param>
    /// <param name="known">All columns that may be there; null: others are allowed and not read.</param>
    /// <exception cref="SlideError">The file is missing, unreadable, empty, or its columns or rows are wrong.</exception>
    public ManifestCsv(string path, string[] required, string[]? known)
    {
        _path = path;
        try
        {
            using var reader = CsvReader.Create(InputFile.Open(path), _options, leaveOpen: false);
            if (!reader.Read())
                throw new SlideError($"{path}: the file is empty; its first line names the columns: {string.Join(",", known ?? required)}");
            ReadHeader(Fields(reader), required, known);
            while (reader.Read())
                AddRow((int)reader.LineNumber, Fields(reader));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SlideError($"{path}: the file does not exist", e);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new SlideError($"{path}: the file cannot be read: {FileTrouble.InWords(e)}", e);
        }
        catch (CsvFormatException e)
        {
            throw new SlideError($"{path}: row {e.LineNumber}: not readable as CSV: a quotation mark is out of place", e);
        }
    }

    /// <summary>The rows, each with its line in the file and a look-up of a column's text (null where it is absent or blank).</summary>
    public IEnumerable<(int Line, Func<string, string?> Field)> Rows =>
        _rows.Select(row => (row.Line, new Func<string, string?>(column =>
            _columns.TryGetValue(column, out var i) && i < row.Fields.Length && row.Fields[i].Length > 0 ? row.Fields[i] : null)));

    /// <summary>An error in a row.</summary>
    public SlideError Error(int line, string message) => new($"{_path}: row {line}: {message.ReplaceLineEndings(" ")}");

    private static string[] Fields(CsvReader reader)
    {
        var fields = new string[reader.FieldCount];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = CsvText.Plain(reader.GetString(i));
        return fields;
    }

    private void ReadHeader(string[] header, string[] required, string[]? known)
    {
        for (var i = 0; i < header.Length; i++)
        {
            if (known is not null && !known.Contains(header[i], StringComparer.OrdinalIgnoreCase))
                throw Error(1, $"unknown column '{header[i]}'{NearestName.Hint(header[i], known)}; columns, with commas between: {string.Join(",", known)}");
            if (!_columns.TryAdd(header[i], i))
                throw Error(1, $"column '{header[i]}' is there twice");
        }
        foreach (var name in required)
            if (!_columns.ContainsKey(name))
                throw Error(1, $"column '{name}' is missing; columns, with commas between: {string.Join(",", known ?? required)}");
    }

    private void AddRow(int line, string[] fields)
    {
        if (fields.All(f => f.Length == 0))
            return;
        if (fields.Length > _columns.Count)
            throw Error(line, $"{fields.Length} fields, but the first line names {Figures.Count(_columns.Count, "column")}");
        _rows.Add((line, fields));
    }
}
