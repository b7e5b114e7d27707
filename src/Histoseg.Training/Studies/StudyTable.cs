namespace Histoseg.Training.Studies;

/// <summary>A table of a study, before it is written in any form.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Notes">What its columns mean and what it was made from, one paragraph each.</param>
/// <param name="Columns">Column headings.</param>
/// <param name="Rows">Rows.</param>
internal sealed record StudyTable(string Title, IReadOnlyList<string> Notes, IReadOnlyList<StudyColumn> Columns, IReadOnlyList<StudyRow> Rows)
{
    /// <summary>A chart for the page, as SVG; empty: none.</summary>
    public string Chart { get; init; } = "";
}

/// <summary>A column: one to the reader, one or several in CSV.</summary>
internal sealed record StudyColumn(string Heading, params IReadOnlyList<string> CsvNames);

/// <summary>A row and the runs it was made from.</summary>
internal sealed record StudyRow(IReadOnlyList<StudyCell> Cells, IReadOnlyList<StudyRunState> Runs);

/// <summary>A cell: text for the reader, and a value for each CSV column, empty where there is none.</summary>
internal sealed record StudyCell(string Text, params IReadOnlyList<string> CsvValues);
