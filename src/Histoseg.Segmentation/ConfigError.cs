namespace Histoseg.Segmentation;

/// <summary>A configuration or command line that its writer can mend: unknown key, wrong type, value out of range.</summary>
/// <remarks>The message is one line: which file and line, which key, what is wrong and what is expected. The program ends with exit code 2.</remarks>
public sealed class ConfigError : Exception
{
    /// <summary>An error with its one-line message.</summary>
    public ConfigError(string message) : base(message) { }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public ConfigError(string message, Exception inner) : base(message, inner) { }
}
