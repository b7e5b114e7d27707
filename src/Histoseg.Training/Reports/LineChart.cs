using System.Globalization;
using System.Text;
using Histoseg.Segmentation.Pages;

namespace Histoseg.Training.Reports;

/// <summary>A chart of curves as inline SVG: axes, ticks, labels, legend; no scripts and no fonts of its own.</summary>
internal static class LineChart
{
    private const double Width = 520, Height = 300, Left = 54, Right = 16, Top = 34, Bottom = 46;

    /// <summary>Draws it.</summary>
    /// <param name="title">Told to screen readers.</param>
    /// <param name="xLabel">Below the horizontal axis.</param>
    /// <param name="yLabel">Beside the vertical axis.</param>
    /// <param name="series">The curves; points that are not finite are left out.</param>
    /// <param name="yRange">The vertical range; null: from 0 to the largest value.</param>
    public static string Draw(string title, string xLabel, string yLabel, IReadOnlyList<ChartSeries> series, (double Low, double High)? yRange = null)
    {
        var points = series.SelectMany(one => one.Points).Where(IsFinite).ToList();
        var xs = Ticks(0, points.Count == 0 ? 1 : points.Max(point => point.X));
        var ys = yRange is { } range ? Ticks(range.Low, range.High) : Ticks(0, points.Count == 0 ? 1 : points.Max(point => point.Y));
        var (xMost, yLeast, yMost) = (Math.Max(xs[^1], points.Count == 0 ? 1 : points.Max(point => point.X)), ys[0], ys[^1]);
        // The horizontal axis ends where the data does: half of an empty last interval would look like a run cut short.
        if (points.Count > 0 && points.Max(point => point.X) is > 0 and var last)
            (xMost, xs) = (last, [.. xs.Where(tick => tick <= last)]);
        double X(double x) => Left + x / xMost * (Width - Left - Right);
        double Y(double y) => Height - Bottom - (Math.Clamp(y, yLeast, yMost) - yLeast) / (yMost - yLeast) * (Height - Top - Bottom);

        var svg = new StringBuilder();
        svg.Append(Text($"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Html.Escape(title)}\">"));
        foreach (var y in ys)
            svg.Append(string.Create(CultureInfo.InvariantCulture,
                $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y):0.#}\" y2=\"{Y(y):0.#}\"/>"
                + $"<text class=\"tick\" x=\"{Left - 7}\" y=\"{Y(y) + 3.5:0.#}\" text-anchor=\"end\">{Label(y, ys)}</text>"));
        foreach (var x in xs)
            svg.Append(string.Create(CultureInfo.InvariantCulture,
                $"<line class=\"axis\" x1=\"{X(x):0.#}\" x2=\"{X(x):0.#}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom + 5}\"/>"
                + $"<text class=\"tick\" x=\"{X(x):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{Label(x, xs)}</text>"));
        svg.Append(Text($"<path class=\"axis\" d=\"M{Left} {Top}V{Height - Bottom}H{Width - Right}\"/>"));
        svg.Append(Text($"<text class=\"label\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\">{Html.Escape(xLabel)}</text>"));
        svg.Append(string.Create(CultureInfo.InvariantCulture, $"<text class=\"label\" transform=\"translate(13 {(Top + Height - Bottom) / 2}) rotate(-90)\" "
            + $"text-anchor=\"middle\">{Html.Escape(yLabel)}</text>"));
        foreach (var one in series)
            Curve(svg, one, X, Y);
        Legend(svg, series);
        return WebPage.Enlarging(svg.Append("</svg>").ToString(), title);
    }

    /// <summary>Round numbers that cover a range in four to eight steps.</summary>
    internal static double[] Ticks(double low, double high)
    {
        if (!(high > low))
            high = low + 1;
        var raw = (high - low) / 6;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        var first = Math.Floor(low / step + 1e-9);
        var last = Math.Ceiling(high / step - 1e-9);
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }

    private static void Curve(StringBuilder svg, ChartSeries series, Func<double, double> x, Func<double, double> y)
    {
        var points = series.Points.Where(IsFinite).ToList();
        var kind = series.Style == ChartStyle.Faint ? "faint" : "curve";
        svg.Append(string.Create(CultureInfo.InvariantCulture, $"<polyline class=\"{kind}\" stroke=\"{series.Colour}\" "
            + $"points=\"{string.Join(' ', points.Select(point => Text($"{x(point.X):0.#},{y(point.Y):0.#}")))}\"/>"));
        if (series.Style == ChartStyle.Dotted)
        {
            foreach (var point in points)
                svg.Append(Text($"<circle fill=\"{series.Colour}\" cx=\"{x(point.X):0.#}\" cy=\"{y(point.Y):0.#}\" r=\"3.2\"/>"));
        }
    }

    private static void Legend(StringBuilder svg, IReadOnlyList<ChartSeries> series)
    {
        var at = Left;
        foreach (var one in series.Where(one => one.Name.Length > 0))
        {
            svg.Append(string.Create(CultureInfo.InvariantCulture,
                $"<line class=\"curve\" stroke=\"{one.Colour}\" x1=\"{at}\" x2=\"{at + 18}\" y1=\"16\" y2=\"16\"/>"
                + $"<text class=\"legend\" x=\"{at + 24}\" y=\"20\">{Html.Escape(one.Name)}</text>"));
            at += 24 + 6.6 * one.Name.Length + 18;
        }
    }

    // As many decimals as the step between ticks needs, and thousands as k.
    private static string Label(double value, double[] ticks)
    {
        var step = ticks.Length > 1 ? ticks[1] - ticks[0] : Math.Max(value, 1);
        if (step >= 1000)
            return Text($"{value / 1000:0.##}{(value == 0 ? "" : "k")}");
        var decimals = Math.Max(0, (int)Math.Ceiling(-Math.Log10(step) - 1e-9));
        return value.ToString($"F{Math.Min(decimals, 8)}", CultureInfo.InvariantCulture);
    }

    private static bool IsFinite((double X, double Y) point) => double.IsFinite(point.X) && double.IsFinite(point.Y);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
