using System.Net;

namespace Histoseg.View;

/// <summary>What a viewer shows, and where it listens.</summary>
/// <param name="Inputs">Output folders of inference, run folders, slides, folders and patterns of slides; at least one.</param>
public sealed record ViewSettings(IReadOnlyList<string> Inputs)
{
    /// <summary>The port; 0: any that is free.</summary>
    public int Port { get; init; }

    /// <summary>The address it listens on; others than loopback let other machines in.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;
}
