using System.Globalization;
using CsvHelper;

namespace Histoseg.Slides.Output;

/// <summary>Tables as RFC 4180 text: every CSV file the program writes is quoted by this one rule.</summary>
/// <remarks>
/// A spreadsheet takes a cell that begins with <c>= + - @</c>, a tab or a line break for a formula, and names of slides and classes come from outside. Such a
/// cell gets an apostrophe before it, unless it is a number; so does one that begins with apostrophes before such a sign, so that <see cref="Plain"/> is
/// exact.
/// </remarks>
internal static class CsvText
{
    private const char Apostrophe = '\'';
    private const string Formula = "=+-@\t\r\n＝＋－＠";

    /// <summary>The lines of a table, each ended by CR LF.</summary>
    /// <param name="heading">The first line's fields.</param>
    /// <param name="records">The other lines' fields.</param>
    public static string Of(IReadOnlyList<string> heading, IEnumerable<IReadOnlyList<string>> records)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, null, leaveOpen: true))
        {
            csv.WriteRecord([.. heading.Select(Harmless)]);
            foreach (var record in records)
                csv.WriteRecord([.. record.Select(Harmless)]);
        }
        return text.ToString();
    }

    /// <summary>A field as it was before it was written.</summary>
    public static string Plain(string field) => field.StartsWith(Apostrophe) && BeginsFormula(field) ? field[1..] : field;

    private static string Harmless(string field) =>
        BeginsFormula(field) && !double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? Apostrophe + field : field;

    private static bool BeginsFormula(string field) => field.AsSpan().TrimStart(Apostrophe) is [var first, ..] && Formula.Contains(first);
}
