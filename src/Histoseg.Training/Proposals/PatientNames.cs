using System.Text.RegularExpressions;

namespace Histoseg.Training.Proposals;

/// <summary>Patients that names of slides tell.</summary>
internal static partial class PatientNames
{
    /// <summary>Whose a slide is: of TCGA the first twelve characters of its barcode; of names that begin as <c>patient_004_node_1</c> that part.</summary>
    /// <returns>Null where the name tells none.</returns>
    public static string? Of(string slide)
    {
        var name = Path.GetFileNameWithoutExtension(slide);
        return Tcga().Match(name) is { Success: true } barcode ? barcode.Value.ToUpperInvariant()
            : Numbered().Match(name) is { Success: true } numbered ? numbered.Value.ToLowerInvariant()
            : null;
    }

    [GeneratedRegex("^TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}(?=-|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Tcga();

    [GeneratedRegex("^(patient|case|pat|subject)[_-]?[0-9]+(?=[^0-9]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Numbered();
}
