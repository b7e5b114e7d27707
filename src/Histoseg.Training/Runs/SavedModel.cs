using Histoseg.Segmentation.Networks;

namespace Histoseg.Training.Runs;

/// <summary>What a model folder or checkpoint of this program tells of its network.</summary>
/// <param name="Network">Its keys.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="ClassNames">Their names; null: not told, as by checkpoints of earlier versions.</param>
/// <param name="Iteration">Updates made.</param>
internal sealed record SavedModel(NetworkDescription Network, int Classes, IReadOnlyList<string>? ClassNames, int Iteration)
{
    /// <summary>How its classes differ from others, in words; null: they are the same.</summary>
    public string? OtherClasses(IReadOnlyList<string> wanted)
    {
        if (Classes != wanted.Count)
            return $"{Classes} classes there, {wanted.Count} here";
        return ClassNames?.Zip(wanted).FirstOrDefault(pair => pair.First != pair.Second) is (not null, _) and var (there, here)
            ? $"'{TensorGroups.Shown(there)}' there is '{TensorGroups.Shown(here)}' here"
            : null;
    }
}
