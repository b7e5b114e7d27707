namespace Histoseg.Segmentation.Networks;

/// <summary>
/// Makes a property of <see cref="NetworkDescription"/>, or of a section within it, a line of the table <see cref="NetworkKeys"/>. Its default is the
/// property's.
/// </summary>
/// <param name="sentence">What it is, in words that go into the config's comments and error messages.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NetworkKeyAttribute(string sentence) : Attribute
{
    /// <summary>What it is.</summary>
    public string Sentence { get; } = sentence;

    /// <summary>What reports call it; empty: its name.</summary>
    public string Label { get; init; } = "";

    /// <summary>The smallest number; NaN: it is no number.</summary>
    public double Least { get; init; } = double.NaN;

    /// <summary>The largest number.</summary>
    public double Most { get; init; } = double.NaN;

    /// <summary>Whether the number must be odd.</summary>
    public bool Odd { get; init; }
}
