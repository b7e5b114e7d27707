namespace Histoseg.Foundation;

/// <summary>A configuration or setting that its writer can mend: unknown key, wrong type, value out of range. Nothing was done yet.</summary>
/// <remarks>The message is one line: which file and line, which key, what is wrong and what is expected.</remarks>
public sealed class ConfigError : UserError
{
    /// <summary>An error with its one-line message.</summary>
    public ConfigError(string message) : base(message) { }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public ConfigError(string message, Exception inner) : base(message, inner) { }
}
