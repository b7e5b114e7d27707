using System.Globalization;
using Histoseg.Training.Config;

namespace Histoseg.Training.Studies;

/// <summary>One training of a study and what is held out in it.</summary>
/// <param name="Network">Which network.</param>
/// <param name="K">Length of its kernels; null for a network that has none.</param>
/// <param name="Width">Channels of its first convolution.</param>
/// <param name="Fold">What is held out.</param>
/// <param name="Seed">Seed of every random choice.</param>
internal sealed record StudyRun(string Network, int? K, int Width, StudyFold Fold, int Seed)
{
    /// <summary>The network as tables and folders name it, e.g. <c>resnet50-gicn-k7</c>.</summary>
    public string Variant => K is { } k ? string.Create(CultureInfo.InvariantCulture, $"{Network}-k{k}") : Network;

    /// <summary>The run in a few words.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Variant}, {(Fold.Number is { } fold ? $"fold {fold}, " : "")}seed {Seed}");

    /// <summary>Its folder relative to the study's, with forward slashes.</summary>
    public string Folder => string.Create(CultureInfo.InvariantCulture, $"runs/{Variant}/{Fold.Name}-seed{Seed}");

    /// <summary>The config it is trained by.</summary>
    /// <param name="study">The study.</param>
    /// <param name="manifest">The fold's manifest, an absolute path.</param>
    public TrainConfig Config(StudyConfig study, string manifest) => study.Protocol with
    {
        Seed = Seed,
        Network = study.Protocol.Network
            with
        { Name = Network, K = K ?? study.Protocol.Network.K, Width = Width, Pretrained = study.Pretrained.GetValueOrDefault(Network) },
        Data = study.Protocol.Data with { Manifest = manifest, Images = null, Masks = null, Patients = null },
    };
}
