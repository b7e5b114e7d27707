using System.Text;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Training.Findings;

namespace Histoseg.Training.Reports;

/// <summary>A confusion matrix as a table: what is right in blue, what is wrong in orange, the more of the class the stronger.</summary>
internal static class ConfusionTable
{
    // Blue and orange stay apart for all colour-blind; dark text stays readable on either.
    private const string Right = "9,105,218", Wrong = "230,120,0";
    private const double Strongest = 0.5, Faintest = 0.06;

    /// <summary>The table.</summary>
    /// <param name="classes">Class names, background first.</param>
    /// <param name="confusion">Pixels.</param>
    public static string Draw(IReadOnlyList<string> classes, ConfusionMatrix confusion)
    {
        var table = new StringBuilder("<p class=\"summary\">Of the pixels of each true class (a row), the share that was predicted as each class (a column).")
            .Append("</p>").Append("<div class=\"wide\"><table class=\"confusion\"><thead><tr><th>truth</th>");
        foreach (var name in classes)
            table.Append($"<th>called {Html.Escape(name)}</th>");
        table.Append("<th>pixels</th></tr></thead><tbody>");
        foreach (var (truth, name) in classes.Index())
        {
            var pixels = confusion.Score(truth).Truth;
            table.Append($"<tr><td>{Html.Escape(name)}</td>");
            for (var called = 0; called < classes.Count; called++)
                table.Append(pixels == 0 ? "<td>–</td>" : Cell((double)confusion[truth, called] / pixels, truth == called));
            table.Append($"<td>{Figures.Number(pixels)}</td></tr>");
        }
        return table.Append("</tbody></table></div>").ToString();
    }

    private static string Cell(double share, bool right)
    {
        var strength = share == 0 ? 0 : Faintest + (Strongest - Faintest) * share;
        var text = Percent.Of(share);
        return Figures.Text($"<td style=\"background:rgba({(right ? Right : Wrong)},{strength:0.00})\">{(right ? $"<b>{text}</b>" : text)}</td>");
    }
}
