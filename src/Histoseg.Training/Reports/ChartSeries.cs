namespace Histoseg.Training.Reports;

/// <summary>A curve of a chart.</summary>
/// <param name="Name">For the legend; empty: not in it.</param>
/// <param name="Colour">As #rrggbb.</param>
/// <param name="Points">From left to right.</param>
/// <param name="Style">How it is drawn.</param>
internal sealed record ChartSeries(string Name, string Colour, IReadOnlyList<(double X, double Y)> Points, ChartStyle Style);

/// <summary>How a curve is drawn.</summary>
internal enum ChartStyle
{
    /// <summary>A line.</summary>
    Line,
    /// <summary>A line that stays in the background.</summary>
    Faint,
    /// <summary>A line with a dot on every point.</summary>
    Dotted,
}
