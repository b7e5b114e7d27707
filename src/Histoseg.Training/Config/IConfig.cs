namespace Histoseg.Training.Config;

/// <summary>A record that a YAML file fills.</summary>
public interface IConfig
{
    /// <summary>All values out of range, in the order of the sections; none when the config is sound.</summary>
    IEnumerable<ConfigIssue> Validate();
}
