using System.CommandLine;
using Histoseg.Slides;
using Histoseg.Training.Config;

namespace Histoseg.Cli.Verbs;

/// <summary>The option <c>--origin</c> of verbs that read annotations or write polygons.</summary>
internal sealed class OriginOption(string description)
{
    /// <summary>The option, to be added to a verb.</summary>
    public Option<CoordinateOrigin?> Option { get; } = ChoiceOption.Create<CoordinateOrigin>("--origin",
        $"{description}, on slides that tell which part was scanned: slide (its corner), bounds (the part's corner) or auto");

    /// <summary>The config with the origin that a command line gives, or as it is.</summary>
    public TrainConfig Of(ParseResult given, TrainConfig config) =>
        given.GetValue(Option) is { } origin ? config with { Data = config.Data with { Origin = origin } } : config;
}
