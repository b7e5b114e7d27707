using System.CommandLine;
using Histoseg.Training.Config;
using Histoseg.Training.Studies;

namespace Histoseg.Cli.Verbs;

/// <summary>The options of every verb that reads a config.</summary>
/// <param name="example">A file that shows its keys.</param>
internal sealed class ConfigOptions(string example = "configs/train.yaml")
{
    private readonly Option<string> _config = new("--config", "-c") { Description = $"The config, see {example}", Required = true };
    private readonly Option<string[]> _set =
        new("--set") { Description = "Wins over the config: section.key=value; may be repeated", DefaultValueFactory = _ => [] };

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(_config);
        verb.Add(_set);
    }

    /// <summary>The study of a command line.</summary>
    /// <exception cref="ConfigError">Something in it is wrong.</exception>
    public StudyConfig LoadStudy(ParseResult given) => Load<StudyConfig>(given);

    /// <summary>The config of a command line.</summary>
    /// <exception cref="ConfigError">Something in it is wrong.</exception>
    public TrainConfig Load(ParseResult given) => Load<TrainConfig>(given);

    private T Load<T>(ParseResult given) where T : IConfig, new() =>
        ConfigFile.Load<T>(given.GetValue(_config)!, [.. given.GetValue(_set)!.Select(assignment => new ConfigOverride(assignment, $"--set {assignment}"))]);
}
