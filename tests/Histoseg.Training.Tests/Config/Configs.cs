using Histoseg.Training.Config;

namespace Histoseg.Training.Tests.Config;

/// <summary>Training configs of text, with overrides as the command line gives them.</summary>
internal static class Configs
{
    public static TrainConfig Parse(string text, string path, IReadOnlyList<string> overrides) =>
        ConfigFile.Parse<TrainConfig>(text, path, [.. overrides.Select(assignment => new ConfigOverride(assignment, $"--set {assignment}"))]);

    public static TrainConfig Load(string path) => ConfigFile.Load<TrainConfig>(path);
}
