using System.CommandLine;
using Histoseg.Engine.Devices;

namespace Histoseg.Cli.Verbs;

/// <summary>The option <c>--device</c>.</summary>
internal static class DeviceOption
{
    /// <summary>The option.</summary>
    /// <param name="otherwise">What holds without it.</param>
    public static Option<string?> Create(string otherwise) => new("--device") { Description = $"Where to compute: {DeviceName.Syntax}; {otherwise}" };

    /// <summary>The name itself.</summary>
    /// <exception cref="ConfigError">It is none.</exception>
    public static string Checked(string device) =>
        DeviceName.TryParse(device, out _) ? device : throw new ConfigError($"--device {device}: it is {DeviceName.Syntax}");
}
