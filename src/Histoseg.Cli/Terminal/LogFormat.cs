namespace Histoseg.Cli.Terminal;

/// <summary>What stderr gets.</summary>
internal enum LogFormat
{
    /// <summary>Lines for people.</summary>
    Text,
    /// <summary>Events for programs, see <see cref="JsonLog"/>.</summary>
    Json,
}
