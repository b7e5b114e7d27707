using System.Globalization;
using CsvHelper;

namespace Histoseg.Slides.Output;

/// <summary>Tables as RFC 4180 text: every CSV file the program writes is quoted by this one rule.</summary>
internal static class CsvText
{
    /// <summary>The lines of a table, each ended by CR LF.</summary>
    /// <param name="heading">The first line's fields.</param>
    /// <param name="records">The other lines' fields.</param>
    public static string Of(IReadOnlyList<string> heading, IEnumerable<IReadOnlyList<string>> records)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, null, leaveOpen: true))
        {
            csv.WriteRecord([.. heading]);
            foreach (var record in records)
                csv.WriteRecord([.. record]);
        }
        return text.ToString();
    }
}
