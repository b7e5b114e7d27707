using System.Text;
using Histoseg.Slides.Output;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Studies;

/// <summary>Writes a table as CSV, Markdown and a page; each file appears whole or not at all.</summary>
internal static class StudyTableWriter
{
    private const string Runs = "Runs", NotRun = "–, not run yet";

    /// <summary>Writes the three files.</summary>
    /// <param name="folder">The study's folder, which links are relative to.</param>
    /// <param name="name">File name without extension.</param>
    /// <param name="table">The table.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(string folder, string name, StudyTable table)
    {
        (string Path, string Text)[] files = [(File(".csv"), Csv(table)), (File(".md"), Markdown(table)), (File(".html"), Page(table))];
        foreach (var (path, text) in files)
            WholeFile.WriteText(path, text);
        return [.. files.Select(file => file.Path)];

        string File(string extension) => Path.Combine(folder, name + extension);
    }

    private static string Csv(StudyTable table) => CsvText.Of(
        [.. table.Columns.SelectMany(column => column.CsvNames), "runs_done", "runs", "folders"],
        table.Rows.Select(row => (string[])
            [.. row.Cells.SelectMany(cell => cell.CsvValues), $"{row.Runs.Count(run => run.Result is not null)}", $"{row.Runs.Count}",
                string.Join(' ', row.Runs.Select(run => run.Run.Folder))]));

    private static string Markdown(StudyTable table)
    {
        var rows = table.Rows.Select(row =>
            (string[])[.. row.Cells.Select(cell => cell.Text), string.Join(", ", row.Runs.Select(run => Run(run, (label, link) => $"[{label}]({link})")))]);
        return $"# {table.Title}\n\n" + MarkdownTable.Of([.. table.Columns.Select(column => column.Heading), Runs], rows, textColumns: 1)
            + string.Concat(table.Notes.Select(note => $"\n{note}\n"));
    }

    private static string Page(StudyTable table)
    {
        List<string> runs = [.. table.Rows.Select(row =>
            string.Join(", ", row.Runs.Select(run => Run(run, (label, link) => $"<a href=\"{link}\">{label}</a>", Html.Escape))))];
        var body = new StringBuilder($"<header><h1>{Html.Escape(table.Title)}</h1></header>")
            .Append(Html.Table(table.Columns.Select(column => column.Heading), table.Rows.Select(row => row.Cells.Select(cell => cell.Text)),
                links: (Runs, runs))).Append('\n');
        if (table.Chart.Length > 0)
            body.Append($"<div class=\"charts\"><figure>{table.Chart}</figure></div>\n");
        foreach (var note in table.Notes)
            body.Append($"<p class=\"summary\">{Html.Escape(note)}</p>\n");
        return Html.Page(table.Title, body.ToString());
    }

    private static string Run(StudyRunState state, Func<string, string, string> link, Func<string, string>? escape = null) =>
        Run(state, $"{(state.Run.K is { } k ? $"k{k} " : "")}{state.Run.Fold.Name}-seed{state.Run.Seed}", link, escape);

    /// <summary>A run as a link to its report, or why there is none.</summary>
    /// <param name="state">The run.</param>
    /// <param name="label">What to call it.</param>
    /// <param name="link">Makes a link of a label and a path, which needs no escaping: folders are made of names of networks and numbers.</param>
    /// <param name="escape">Makes text of an error message; null: as it is.</param>
    public static string Run(StudyRunState state, string label, Func<string, string, string> link, Func<string, string>? escape = null) =>
        state.Result is not null ? link(label, $"{state.Run.Folder}/report.html")
        : $"{label} {(state.Failure is { } failure ? $"failed: {(escape ?? (text => text))(failure)}" : NotRun)}";
}
