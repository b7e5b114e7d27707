using System.Globalization;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Config;

namespace Histoseg.Training.Studies;

internal sealed partial record StudyConfig
{
    private const int MostFolds = 100, MostFigureSlides = 100;

    /// <summary>All values out of range; none when the study is sound.</summary>
    /// <remarks>Looks at the values alone: whether the files exist is found when they are opened.</remarks>
    public IEnumerable<ConfigIssue> Validate() => ValidateNetworks().Concat(ValidateData()).Concat(ValidateRuns());

    private IEnumerable<ConfigIssue> ValidateNetworks()
    {
        if (Networks.Count == 0)
            yield return new("networks", "is empty; name at least one network");
        for (var i = 0; i < Networks.Count; i++)
        {
            if (!Network.Names.Contains(Networks[i]))
                yield return new($"networks[{i}]", NoNetwork(Networks[i]));
            else if (Networks.Take(i).Contains(Networks[i]))
                yield return new($"networks[{i}]", $"names '{Networks[i]}' twice");
        }
        if (!Network.Names.Contains(Gicn) || !Network.Names.Contains(Cnn))
            yield return new("backbone", $"is '{Backbone}'; it must be {string.Join(" or ", Network.Names.Where(name => name.EndsWith("-cnn",
                StringComparison.Ordinal)).Select(name => name[..^"-cnn".Length]))}");
        foreach (var (name, width) in Widths)
        {
            if (!Network.Names.Contains(name))
                yield return new($"widths.{name}", NoNetwork(name));
            foreach (var key in NetworkKeys.OutOfRange(new() { Width = width }))
                yield return new($"widths.{name}", Text($"is {width}; it must be {key.Range}"));
        }
        foreach (var (name, source) in Pretrained)
        {
            if (!Network.Names.Contains(name))
                yield return new($"pretrained.{name}", NoNetwork(name));
            else if (source == NetworkDescription.ImageNet
                && ImageNetWeights.WhatIsWrong(new() { Name = name, Width = Widths.GetValueOrDefault(name, Protocol.Network.Width) }) is { } wrong)
                yield return new($"pretrained.{name}", wrong);
        }
        if (Protocol.Network.Pretrained is not null)
            yield return new("protocol.network.pretrained",
                "would be one for all networks; name one for each network under pretrained, as in pretrained: {resnet50-gicn: resnet50.safetensors}");
        foreach (var issue in ValidateKernels("kernel_sizes", KernelSizes).Concat(ValidateKernels("cnn_kernel_sizes", CnnKernelSizes)))
            yield return issue;
    }

    private static IEnumerable<ConfigIssue> ValidateKernels(string key, IReadOnlyList<int> sizes)
    {
        if (sizes.Count == 0)
            yield return new(key, "is empty; give at least one length");
        for (var i = 0; i < sizes.Count; i++)
        {
            if (NetworkKeys.OutOfRange(new() { K = sizes[i] }).FirstOrDefault() is { } wrong)
                yield return new($"{key}[{i}]", Text($"is {sizes[i]}; it must be {wrong.Range}"));
            else if (sizes.Take(i).Contains(sizes[i]))
                yield return new($"{key}[{i}]", Text($"is {sizes[i]} a second time"));
        }
    }

    private IEnumerable<ConfigIssue> ValidateData()
    {
        if (Seeds.Count == 0)
            yield return new("seeds", "is empty; give at least one seed");
        for (var i = 0; i < Seeds.Count; i++)
            if (Seeds.Take(i).Contains(Seeds[i]))
                yield return new($"seeds[{i}]", Text($"is {Seeds[i]} a second time"));
        if (Folds is not 0 and (< 2 or > MostFolds))
            yield return new("folds", Text($"is {Folds}; it must be 0 (the split test is held out) or 2 to {MostFolds}"));
        for (var i = 0; i < OnlyFolds.Count; i++)
        {
            if (OnlyFolds[i] < 1 || OnlyFolds[i] > Folds)
                yield return new($"only_folds[{i}]",
                    Text($"is {OnlyFolds[i]}; {(Folds == 0 ? "there are no folds, leave it out" : $"it must be 1 to {Folds}")}"));
            else if (OnlyFolds.Take(i).Contains(OnlyFolds[i]))
                yield return new($"only_folds[{i}]", Text($"is {OnlyFolds[i]} a second time"));
        }
        if (!(TestShare is >= 0 and <= 0.9))
            yield return new("test_share", Text($"is {TestShare}; it must be 0 to 0.9"));
        if (SizeLimit < 1)
            yield return new("size_limit", Text($"is {SizeLimit}; it must be at least 1"));
        if (FigureSlides is < 1 or > MostFigureSlides)
            yield return new("figure_slides", Text($"is {FigureSlides}; it must be 1 to {MostFigureSlides}"));
    }

    // The protocol alone may be sound and not fit a network: some ask for patches of larger multiples.
    private IEnumerable<ConfigIssue> ValidateRuns() =>
        new[] { Protocol }
            .Concat(Networks.Where(Network.Names.Contains).Select(name => Protocol with { Network = Protocol.Network with { Name = name } }))
            .SelectMany(config => config.Validate())
            .Select(issue => new ConfigIssue($"protocol.{issue.Key}", issue.Message))
            .Distinct();

    private static string NoNetwork(string name) => $"is '{name}', which is no network; there is {string.Join(", ", Network.Names)}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
