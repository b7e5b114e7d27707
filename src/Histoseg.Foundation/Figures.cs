using System.Globalization;

namespace Histoseg.Foundation;

/// <summary>Numbers in text, the same in every culture.</summary>
public static class Figures
{
    private const int MostNamed = 3;

    /// <summary>For programs: six decimals; empty where there is no number.</summary>
    public static string Exact(double? value) => value is { } known && double.IsFinite(known) ? known.ToString("0.######", CultureInfo.InvariantCulture) : "";

    /// <summary>For readers: four decimals; a dash where there is no number.</summary>
    public static string Share(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "–";

    /// <summary>A whole number.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>How many of what: <c>1 slide</c>, <c>2 slides</c>.</summary>
    public static string Count(int count, string what) => FormattableString.Invariant($"{count} {what}{(count == 1 ? "" : "s")}");

    /// <summary>How many of what, where the plural is not made by an s: <c>1 patch</c>, <c>2 patches</c>.</summary>
    public static string Count(int count, string one, string many) => FormattableString.Invariant($"{count} {(count == 1 ? one : many)}");

    /// <summary>Those told of: <c>the one slide</c>, <c>the 2 slides</c>.</summary>
    public static string The(int count, string what) => count == 1 ? $"the one {what}" : $"the {Count(count, what)}";

    /// <summary>All of them: <c>the one slide</c>, <c>all 2 slides</c>.</summary>
    public static string All(int count, string what) => count == 1 ? The(count, what) : $"all {Count(count, what)}";

    /// <summary>The names of the first few files, without their folders: <c>a.svs, b.svs, …</c></summary>
    public static string FirstOf(IReadOnlyCollection<string> files) =>
        string.Join(", ", files.Take(MostNamed).Select(Path.GetFileName)) + (files.Count > MostNamed ? ", …" : "");

    /// <summary>Text with numbers in it.</summary>
    public static string Text(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>A size in words, in units of 1000: <c>850 B</c>, <c>12 kB</c>, <c>3.4 GB</c>.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        var (value, unit) = ((double)bytes, 0);
        for (; Math.Round(value) >= 1000; unit++)
            value /= 1000;
        return unit == 0 || value >= 9.95 ? Text($"{value:0} {units[unit]}") : Text($"{value:0.0} {units[unit]}");
    }

    /// <summary>A time in words: <c>45 s</c>, <c>3 min 20 s</c>, <c>2 h 5 min</c>; begun seconds count.</summary>
    public static string Duration(TimeSpan time) =>
        time.TotalMinutes < 1 ? Text($"{(int)Math.Ceiling(time.TotalSeconds)} s")
        : time.TotalHours < 1 ? Text($"{(int)time.TotalMinutes} min {time.Seconds} s")
        : Text($"{(int)time.TotalHours} h {time.Minutes} min");
}
