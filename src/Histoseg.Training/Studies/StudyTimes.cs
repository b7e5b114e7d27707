using System.Text.Json;
using Histoseg.Engine;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Training.Studies;

/// <summary>How long networks take for a patch, measured together on one device: the content of <c>times.json</c> in the study's folder.</summary>
/// <param name="Device">Where they were measured, in words.</param>
/// <param name="Networks">The networks, which took turns.</param>
internal sealed record StudyTimes(string Device, IReadOnlyList<NetworkTime> Networks)
{
    private const string FileName = "times.json";

    /// <summary>Milliseconds per patch of a network; null where it was not measured.</summary>
    public double? Of(NetworkDescription network) => Networks.FirstOrDefault(time => time.Network.Tensors == network.Tensors)?.Milliseconds;

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="WriteError">The folder or the disk does not take it.</exception>
    public void Save(string study) => WholeFile.WriteText(Path.Combine(study, FileName), JsonSerializer.Serialize(this, StudyJson.Options) + "\n");

    /// <summary>Reads that of a study; null where there is none that can be read, for it can be measured again.</summary>
    public static StudyTimes? Load(string study)
    {
        var path = Path.Combine(study, FileName);
        try
        {
            return File.Exists(path) ? StudyJson.Read<StudyTimes>(path) : null;
        }
        catch (EngineError)
        {
            return null;
        }
    }
}

/// <summary>Milliseconds that a network takes for a patch.</summary>
internal sealed record NetworkTime(NetworkDescription Network, double Milliseconds);
