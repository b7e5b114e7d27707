namespace Histoseg.Foundation;

/// <summary>A configuration or setting that its writer can mend: unknown key, wrong type, value out of range. Nothing was done yet.</summary>
/// <remarks>
/// A line of the message says which file and line, which key, what is wrong and what is expected. What can be found together is told together, a
/// line each.
/// </remarks>
public sealed class ConfigError : UserError
{
    // More helps nobody, and a file that is no config has thousands.
    private const int MostLines = 50;

    /// <summary>An error with its one-line message.</summary>
    public ConfigError(string message) : base(message) { }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public ConfigError(string message, Exception inner) : base(message, inner) { }

    /// <summary>Several errors, of one line each.</summary>
    public ConfigError(IReadOnlyList<string> lines) : base(Joined(lines)) { }

    private static string Joined(IReadOnlyList<string> lines) => string.Join('\n', lines.Count <= MostLines
        ? lines
        : [.. lines.Take(MostLines), FormattableString.Invariant($"and {lines.Count - MostLines} more")]);
}
