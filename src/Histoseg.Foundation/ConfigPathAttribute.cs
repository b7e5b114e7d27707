namespace Histoseg.Foundation;

/// <summary>
/// Marks a config value, or each value of a mapping, as a path: what a file says is relative to that file's folder, what a caller says to the
/// working directory; once loaded it is absolute.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigPathAttribute : Attribute
{
    /// <summary>A word that stands for itself and is no path; null: there is none. A file of that name is given as <c>./word</c>.</summary>
    public string? Or { get; init; }
}
