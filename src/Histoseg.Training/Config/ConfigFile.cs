using YamlDotNet.RepresentationModel;

namespace Histoseg.Training.Config;

/// <summary>Loads configs from YAML, and writes resolved copies.</summary>
public static class ConfigFile
{
    /// <summary>Reads, overrides, binds and checks a config; paths in it come out absolute.</summary>
    /// <typeparam name="T"><see cref="TrainConfig"/>, or the config of a study.</typeparam>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Values that win over the file.</param>
    /// <exception cref="ConfigError">Anything in it is not as it should be; names the place and the key.</exception>
    public static T Load<T>(string path, params IReadOnlyList<ConfigOverride> overrides) where T : IConfig, new() =>
        Parse<T>(YamlText.ReadFile(path), path, overrides);

    /// <summary>As <see cref="Load"/>, of text already read.</summary>
    /// <typeparam name="T">The config.</typeparam>
    /// <param name="text">The YAML.</param>
    /// <param name="path">What errors call it; paths in it are relative to its folder.</param>
    /// <param name="overrides">Values that win over the text.</param>
    /// <exception cref="ConfigError">Anything in it is not as it should be; names the place and the key.</exception>
    public static T Parse<T>(string text, string path, params IReadOnlyList<ConfigOverride> overrides) where T : IConfig, new()
    {
        var root = YamlText.Parse(text, path) switch
        {
            null => new YamlMappingNode(),
            YamlMappingNode mapping => mapping,
            YamlScalarNode { Value: null or "" } => new YamlMappingNode(),
            var other => throw new ConfigError($"{path}:{other.Start.Line}: a config is a mapping of keys to values (key: value)"),
        };
        var binder = new YamlBinder(path);
        foreach (var given in overrides)
            binder.Override(root, given);
        var config = binder.Bind<T>(root);
        var issues = config.Validate().Select(issue => $"{binder.PlaceOf(issue.Key)}: {issue.Key} {issue.Message}").ToList();
        return issues.Count == 0 ? config : throw new ConfigError(issues);
    }

    /// <summary>A config as YAML, every key with its value.</summary>
    public static string ToYaml(IConfig config) => YamlWriter.Write(config);

    /// <summary>Writes a resolved config, every key with its value, so that the run can be repeated from it.</summary>
    /// <exception cref="WriteError">The folder is not writable or the disk is full.</exception>
    public static void Save(IConfig config, string path) => WholeFile.WriteText(path, "# The resolved config of this run.\n" + YamlWriter.Write(config));
}
