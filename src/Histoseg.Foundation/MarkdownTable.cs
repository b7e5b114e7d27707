using System.Text;

namespace Histoseg.Foundation;

/// <summary>Tables in Markdown.</summary>
public static class MarkdownTable
{
    /// <summary>A table; the columns between the first one and those of text at the end are numbers.</summary>
    /// <param name="heading">Column names.</param>
    /// <param name="rows">Cells; they may hold links.</param>
    /// <param name="textColumns">Columns of text at the end.</param>
    public static string Of(IReadOnlyList<string> heading, IEnumerable<IReadOnlyList<string>> rows, int textColumns = 0)
    {
        var text = new StringBuilder();
        Row(heading);
        Row(heading.Select((_, i) => i == 0 || i >= heading.Count - textColumns ? "---" : "---:"));
        foreach (var row in rows)
            Row(row);
        return text.ToString();

        void Row(IEnumerable<string> cells) =>
            text.Append("| ")
                .AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" "))).Append(" |\n");
    }
}
