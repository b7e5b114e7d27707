namespace Histoseg.Training.Proposals;

/// <summary>A group of regions of a dataset: an annotation group, or a value of its masks.</summary>
/// <param name="Name">The group as it was first written, or the value.</param>
/// <param name="Value">The value; null: a group of annotations.</param>
/// <param name="Slides">Slides that have it.</param>
/// <param name="Programs">What drew it.</param>
/// <param name="Regions">How many regions.</param>
/// <param name="Area">Their area in µm², or in pixels where <paramref name="InMicrons"/> is false.</param>
/// <param name="Diameter">Half of the area lies in regions at least as large as a disc of this diameter, µm or pixels.</param>
/// <param name="InMicrons">Whether the scale of all slides is known.</param>
internal sealed record GroupSummary(
    string Name, int? Value, int Slides, IReadOnlyList<string> Programs, int Regions, double Area, double Diameter, bool InMicrons)
{
    /// <summary>Summarises the areas of regions.</summary>
    public static GroupSummary Of(string name, int? value, int slides, IReadOnlyList<string> programs, double[] areas, bool inMicrons)
    {
        Array.Sort(areas);
        var (all, sum, i) = (areas.Sum(), 0.0, areas.Length);
        while (i > 0 && sum < all / 2)
            sum += areas[--i];
        var middle = areas.Length == 0 ? 0 : areas[Math.Min(i, areas.Length - 1)];
        return new(name, value, slides, programs, areas.Length, all, 2 * Math.Sqrt(middle / Math.PI), inMicrons);
    }

    /// <summary>The area in words.</summary>
    public string AreaInWords => InMicrons ? Figures.Text($"{Area / 1e6:0.###} mm²") : Figures.Text($"{Area / 1e6:0.##} Mpixels");

    /// <summary>A length in words.</summary>
    public string InWords(double length) => InMicrons ? Figures.Text($"{length:0.#} µm") : Figures.Text($"{length:0} pixels");
}
