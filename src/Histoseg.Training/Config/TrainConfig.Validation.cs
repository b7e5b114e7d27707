using System.Globalization;
using Histoseg.Engine.Devices;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Formats;

namespace Histoseg.Training.Config;

public sealed partial record TrainConfig
{
    /// <summary>All values out of range, in the order of the sections; none when the config is sound.</summary>
    /// <remarks>Looks at the values alone: whether the files exist is found when they are opened.</remarks>
    public IEnumerable<ConfigIssue> Validate() =>
        new[] { ValidateNetwork(), ValidateData(), ValidateLabels(), ValidateAugmentation(), ValidateTraining(), ValidateLossAndOptimiser(),
            ValidateSchedule() }
            .SelectMany(issues => issues).OfType<ConfigIssue>();

    private IEnumerable<ConfigIssue?> ValidateNetwork()
    {
        var known = Segmentation.Networks.Network.Names.Contains(Network.Name);
        if (!known)
            yield return new("network.name", $"is '{Network.Name}', which is no network; there is {string.Join(", ", Segmentation.Networks.Network.Names)}");
        foreach (var key in NetworkKeys.OutOfRange(Network))
            yield return new($"network.{key.Name}", $"is {key.ValueIn(Network)}; it must be {key.Range}");
        if (known && CouldBeMade)
            foreach (var (name, what) in CreateNetwork().WrongOptions())
                yield return new($"network.options.{name}", what);
        if (known && CouldBeMade && Network.Pretrained == NetworkDescription.ImageNet && ImageNetWeights.WhatIsWrong(Network) is { } wrong)
            yield return new("network.pretrained", wrong);
    }

    private IEnumerable<ConfigIssue?> ValidateData()
    {
        if (Data.Manifest is null == Data.Images is null)
            yield return new("data.manifest",
                Data.Manifest is null ? "is missing: give a manifest, or images and masks" : "and data.images are both given; only one can be");
        if (Data.Images is null != Data.Masks is null)
            yield return new(Data.Images is null ? "data.images" : "data.masks", "is missing: images and masks go together");
        if (Data.Patients is not null && Data.Images is null)
            yield return new("data.patients", "goes with data.images; a manifest has a patient column of its own");
        if (Data.Mpp is { } mpp)
            yield return Between("data.mpp", mpp, 0.01, 100);
        if (Data.MppOverride is { } given)
            yield return Between("data.mpp_override", given, 0.01, 100);
        yield return Between("data.max_megapixels", Data.MaxMegapixels, 1, PictureLimit.Most);
        // With settings out of range there is no network to ask; they are told elsewhere.
        var stride = CouldBeMade ? CreateNetwork().OutputStride : 1;
        if (Data.PatchSize % stride != 0)
            yield return new("data.patch_size", $"is {Data.PatchSize}; it must be a multiple of {stride}, the output stride of {Network.Name}");
        yield return Between("data.patch_size", Data.PatchSize, 32, 4096);
        yield return Between("data.stride", Data.Stride, 1, 65536);
        yield return Between("data.tissue_threshold", Data.TissueThreshold, 1, 255);
        yield return Between("data.min_tissue", Data.MinTissue, 0, 1);
        yield return Between("data.validation_share", Data.ValidationShare, 0, 0.9);
        yield return Between("data.positive_share", Data.PositiveShare, 0, 1);
    }

    private IEnumerable<ConfigIssue?> ValidateLabels()
    {
        if (Data.Classes.Count is < 2 or > 255)
            yield return new("data.classes", $"has {Figures.Count(Data.Classes.Count, "name")}; there must be 2 to 255, the background first");
        foreach (var name in Data.Classes.GroupBy(name => name).Where(same => same.Count() > 1))
            yield return new("data.classes", $"names '{name.Key}' twice");
        if (Data.Classes.Any(name => string.IsNullOrWhiteSpace(name) || ClassMap.IsIgnore(name)))
            yield return new("data.classes", $"has an empty name or '{ClassMap.IgnoreClass}', which stands for pixels that do not count");

        foreach (var (name, colour) in Data.Colours ?? new Dictionary<string, string>())
        {
            if (!Data.Classes.Contains(name))
                yield return new($"data.colours.{name}", $"is the colour of no class ({string.Join(", ", Data.Classes)})");
            if (!ClassPalette.IsColour(colour ?? ""))
                yield return new($"data.colours.{name}", $"is '{colour}'; it must be a colour as '#1a9850', in quotes because # begins a comment");
        }

        for (var i = 0; i < Data.Labels.Count; i++)
        {
            if (Data.Labels[i].Groups.Count == 0)
                yield return new($"data.labels[{i}].groups", "is empty; name the annotation groups this rule paints");
            if (!IsClass(Data.Labels[i].Class))
                yield return NoClass($"data.labels[{i}].class", Data.Labels[i].Class);
        }
        foreach (var (value, name) in Data.MaskValues ?? new Dictionary<int, string>())
        {
            yield return Between($"data.mask_values.{value}", value, 0, 255);
            if (!IsClass(name))
                yield return NoClass($"data.mask_values.{value}", name);
        }

        bool IsClass(string name) => ClassMap.IsIgnore(name) || Data.Classes.Contains(name);
        ConfigIssue NoClass(string key, string name) =>
            new(key, $"is '{name}', which is neither a class ({string.Join(", ", Data.Classes)}) nor '{ClassMap.IgnoreClass}'");
    }

    private IEnumerable<ConfigIssue?> ValidateAugmentation()
    {
        yield return Between("augmentation.stain_jitter", Augmentation.StainJitter, 0, 0.5);
        yield return Between("augmentation.scale_min", Augmentation.ScaleMin, 0.5, 1);
        yield return Between("augmentation.scale_max", Augmentation.ScaleMax, 1, 2);
        yield return Between("augmentation.blur_probability", Augmentation.BlurProbability, 0, 1);
        yield return Between("augmentation.blur_sigma", Augmentation.BlurSigma, 0, 5);
    }

    private IEnumerable<ConfigIssue?> ValidateTraining()
    {
        yield return Between("training.iterations", Training.Iterations, 1, int.MaxValue);
        if (Training.BatchSize is < LeastBatch or > 1024)
            yield return new("training.batch_size",
                $"is {Training.BatchSize}; it must be 2 to 1024 (the coarsest pooling level has one value per patch, and batch norm needs more than one)");
        yield return Between("training.validate_every", Training.ValidateEvery, 0, int.MaxValue);
        yield return Between("training.patience", Training.Patience, 0, int.MaxValue);
        yield return Between("training.checkpoint_every", Training.CheckpointEvery, 1, int.MaxValue);
        if (!DeviceName.TryParse(Training.Device, out _))
            yield return new("training.device", $"is '{Training.Device}'; it must be {DeviceName.Syntax}");
        yield return Between("training.threads", Training.Threads, 0, 1024);
        yield return Between("training.statistics_batches", Training.StatisticsBatches, 0, 1000);
        yield return Between("training.rank_timeout", Training.RankTimeout, 1, 86400);
        yield return Between("training.log_every", Training.LogEvery, 1, int.MaxValue);
        if (Training.MaxMinutes is { } minutes)
            yield return Between("training.max_minutes", minutes, 0.01, 1e6);
        yield return Between("inference.overlap", Inference.Overlap, 0, 0.75);
        yield return Between("inference.batch_size", Inference.BatchSize, 1, 1024);
    }

    private IEnumerable<ConfigIssue?> ValidateLossAndOptimiser()
    {
        yield return Between("loss.location_weight", Loss.LocationWeight, 0, 1000);
        yield return Between("loss.location_k", Loss.LocationK, 1e-12, 1e6);
        if (Loss.ClassWeights is { } weights)
        {
            if (weights.Count != Data.Classes.Count)
                yield return new("loss.class_weights",
                    $"has {Figures.Count(weights.Count, "weight")} for {Figures.Count(Data.Classes.Count, "class", "classes")}");
            for (var i = 0; i < weights.Count; i++)
                yield return Between($"loss.class_weights[{i}]", weights[i], 0, 1e6);
            if (weights.All(weight => weight <= 0))
                yield return new("loss.class_weights", "has no weight above 0");
        }
        yield return Between("optimiser.learning_rate", Optimiser.LearningRate, 1e-12, 10);
        yield return Between("optimiser.backbone_factor", Optimiser.BackboneFactor, 1e-6, 1);
        yield return Between("optimiser.averaging", Optimiser.Averaging, 0, 0.9999);
        yield return Between("optimiser.momentum", Optimiser.Momentum, 0, 0.9999);
        yield return Between("optimiser.weight_decay", Optimiser.WeightDecay, 0, 1);
    }

    private IEnumerable<ConfigIssue?> ValidateSchedule()
    {
        yield return Between("schedule.factor", Schedule.Factor, 1e-6, 1);
        yield return Between("schedule.every", Schedule.Every, 1, int.MaxValue);
        yield return Between("schedule.step_factor", Schedule.StepFactor, 1e-6, 1);
        yield return Between("schedule.power", Schedule.Power, 0.01, 10);
        yield return Between("schedule.warmup_iterations", Schedule.WarmupIterations, 0, int.MaxValue);
        for (var i = 0; i < Schedule.Steps.Count; i++)
        {
            yield return Between($"schedule.steps[{i}]", Schedule.Steps[i], 1, int.MaxValue);
            if (i > 0 && Schedule.Steps[i] <= Schedule.Steps[i - 1])
                yield return new($"schedule.steps[{i}]", $"is {Schedule.Steps[i]}, not above the step before it ({Schedule.Steps[i - 1]})");
        }
    }

    // NaN fails both comparisons, so the test is written as "not inside".
    private static ConfigIssue? Between(string key, double value, double least, double most) =>
        value >= least && value <= most ? null
        : new ConfigIssue(key,
            string.Create(CultureInfo.InvariantCulture, $"is {value}; it must be {(most >= int.MaxValue ? $"at least {least}" : $"{least} to {most}")}"));
}
