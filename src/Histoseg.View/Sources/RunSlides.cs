using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.View.Sources;

/// <summary>The validation slides of a training run: their truth, and the best model's label maps as soon as there are any.</summary>
/// <param name="path">The run folder.</param>
internal sealed class RunSlides(string path) : IResultSource
{
    private readonly RunFolder _run = new(path);
    private (DateTime Changed, TrainConfig Config, IReadOnlyList<(ManifestRow Row, string Name)> Slides)? _read;

    /// <summary>Whether a folder is that of a run.</summary>
    public static bool Is(string folder) => File.Exists(new RunFolder(folder).Config);

    /// <summary>Which groups of annotations are which class, as the run that a model folder lies in was trained; none: that cannot be told.</summary>
    /// <param name="model">The model folder.</param>
    /// <param name="classes">Classes by label.</param>
    public static IReadOnlyList<ClassRule> RulesOf(string model, IReadOnlyList<string> classes)
    {
        try
        {
            return Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(model)) is { } run && Is(run)
                && ConfigFile.Load<TrainConfig>(new RunFolder(run).Config).ToClassMap() is var map && map.Classes.SequenceEqual(classes) ? map.Rules : [];
        }
        catch (Exception error) when (error is UserError || FileTrouble.Is(error))
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public SourceContent Read()
    {
        var (config, slides) = Config();
        var settings = config.ToSlideSettings();
        return new($"{path}: validation slides of {config.Network.Name}",
            [.. slides.Select(slide => new ViewedSlide(slide.Name, slide.Row)
            {
                Origin = Path.GetFullPath(path),
                Settings = settings,
                LabelMap = Path.Combine(_run.LabelMaps, slide.Name + ".tif") is var map && File.Exists(map) ? map : null,
            })],
            IsRunning: RunLock.HolderOf(path) is not null);
    }

    private (TrainConfig, IReadOnlyList<(ManifestRow Row, string Name)>) Config()
    {
        var changed = File.GetLastWriteTimeUtc(_run.Config);
        if (_read is not { } read || read.Changed != changed)
        {
            var config = ConfigFile.Load<TrainConfig>(_run.Config);
            var rows = PatientSplit.Complete(config.LoadUnsplit(requireFiles: false), config.Data.ValidationShare, config.Seed).Rows;
            var names = SlideNames.Unique([.. rows.Select(row => row.Slide)]);
            _read = read = (changed, config, [.. rows.Zip(names).Where(pair => pair.First.Split == DataSplit.Val)]);
        }
        return (read.Config, read.Slides);
    }
}
