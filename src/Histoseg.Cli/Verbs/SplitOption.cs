using System.CommandLine;
using Histoseg.Slides.Sampling;

namespace Histoseg.Cli.Verbs;

/// <summary>The option that picks slides by what they are used for.</summary>
internal sealed class SplitOption
{
    private readonly Option<string?> _split;

    /// <summary>The option on a verb.</summary>
    public SplitOption(Command verb)
    {
        _split = new("--split") { Description = "Only slides of this split: train, val, test" };
        verb.Add(_split);
    }

    /// <summary>The rows a command line asks for.</summary>
    /// <exception cref="ConfigError">No such split, or no slides in it.</exception>
    public IReadOnlyList<ManifestRow> Of(ParseResult given, Manifest manifest)
    {
        if (given.GetValue(_split) is not { } name)
            return manifest.Rows;
        var wanted = ChoiceOption.Find<DataSplit>(name) ?? throw new ConfigError($"--split {name}: it is {ChoiceOption.Expected<DataSplit>()}");
        var rows = manifest.Rows.Where(row => row.Split == wanted).ToList();
        return rows.Count > 0 ? rows : throw new ConfigError($"--split {name}: {manifest.Path} has no slides in it");
    }
}
