namespace Histoseg.Foundation;

/// <summary>
/// Marks a config value, or each value of a mapping, as a path: what a file says is relative to that file's folder, what a caller says to the
/// working directory; once loaded it is absolute.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigPathAttribute : Attribute;
