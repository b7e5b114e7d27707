using System.Text;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation;
using Histoseg.Segmentation.Studies;
using Histoseg.Segmentation.Training;
using YamlDotNet.RepresentationModel;

namespace Histoseg.Cli.Config;

/// <summary>Loads <c>train.yaml</c> and <c>study.yaml</c>, and writes the resolved copy of the first.</summary>
internal static class ConfigFile
{
    /// <summary>Reads, overrides, binds and checks a training config; paths in it come out absolute.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Assignments <c>section.key=value</c> that win over the file.</param>
    /// <exception cref="ConfigError">Anything in it is not as it should be; names the place and the key.</exception>
    public static TrainConfig Load(string path, IReadOnlyList<string> overrides) => Parse(YamlText.ReadFile(path), path, overrides);

    /// <summary>Reads, overrides, binds and checks the config of a study; paths in it come out absolute.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Assignments <c>section.key=value</c> that win over the file.</param>
    /// <exception cref="ConfigError">Anything in it is not as it should be; names the place and the key.</exception>
    public static StudyConfig LoadStudy(string path, IReadOnlyList<string> overrides) => Parse<StudyConfig>(YamlText.ReadFile(path), path, overrides, study => study.Validate());

    /// <summary>As <see cref="Load"/>, of text already read.</summary>
    public static TrainConfig Parse(string text, string path, IReadOnlyList<string> overrides) => Parse<TrainConfig>(text, path, overrides, config => config.Validate());

    private static T Parse<T>(string text, string path, IReadOnlyList<string> overrides, Func<T, IEnumerable<ConfigIssue>> validate) where T : new()
    {
        var root = YamlText.Parse(text, path) switch
        {
            null => new YamlMappingNode(),
            YamlMappingNode mapping => mapping,
            YamlScalarNode { Value: null or "" } => new YamlMappingNode(),
            var other => throw new ConfigError($"{path}:{other.Start.Line}: a config is a mapping of keys to values (key: value)"),
        };
        var binder = new YamlBinder(path);
        foreach (var assignment in overrides)
            binder.Override(root, assignment);
        var config = binder.Bind<T>(root);
        foreach (var issue in validate(config))
            throw new ConfigError($"{binder.PlaceOf(issue.Key)}: {issue.Key} {issue.Message}");
        return config;
    }

    /// <summary>Writes the resolved config, every key with its value, so that the run can be repeated from it.</summary>
    /// <exception cref="Engine.EngineError">The folder is not writable or the disk is full.</exception>
    public static void Save(TrainConfig config, string path) =>
        WholeFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes("# The resolved config of this run.\n" + YamlWriter.Write(config))));
}
