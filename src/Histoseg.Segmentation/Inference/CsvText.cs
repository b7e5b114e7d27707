using System.Globalization;
using CsvHelper;

namespace Histoseg.Segmentation.Inference;

/// <summary>Tables as RFC 4180 text.</summary>
internal static class CsvText
{
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
