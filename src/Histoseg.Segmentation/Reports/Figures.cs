using System.Globalization;

namespace Histoseg.Segmentation.Reports;

/// <summary>Numbers as the tables write them, the same in every culture.</summary>
internal static class Figures
{
    /// <summary>For programs: six decimals; empty where there is no number.</summary>
    public static string Exact(double? value) => value is { } known && double.IsFinite(known) ? known.ToString("0.######", CultureInfo.InvariantCulture) : "";

    /// <summary>For readers: four decimals; a dash where there is no number.</summary>
    public static string Share(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "–";

    /// <summary>A whole number.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>How many of what: <c>1 slide</c>, <c>2 slides</c>.</summary>
    public static string Count(int count, string what) => FormattableString.Invariant($"{count} {what}{(count == 1 ? "" : "s")}");
}
