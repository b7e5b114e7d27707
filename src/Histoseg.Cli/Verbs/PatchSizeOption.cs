using System.CommandLine;
using Histoseg.Segmentation;
using Histoseg.Segmentation.Models;

namespace Histoseg.Cli.Verbs;

/// <summary>The option <c>--patch-size</c> of verbs that run a model.</summary>
internal sealed class PatchSizeOption(string description)
{
    /// <summary>The option, to be added to a verb.</summary>
    public Option<int?> Option { get; } = NumberOption.Create<int>("--patch-size", description);

    /// <summary>The size asked for, or null.</summary>
    /// <exception cref="ConfigError">The model's network does not take it.</exception>
    public int? Of(ParseResult given, ModelDescription model)
    {
        var size = given.GetValue(Option);
        return size is { } side && SegmentationModel.WhatIsWrongWithPatch(side, model.CreateNetwork()) is { } wrong
            ? throw new ConfigError($"--patch-size {wrong}") : size;
    }
}
