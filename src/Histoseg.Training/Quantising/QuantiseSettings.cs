namespace Histoseg.Training.Quantising;

/// <summary>What is quantised, on what it is calibrated and what it may cost.</summary>
/// <param name="Model">The model folder.</param>
/// <param name="Output">The folder of the quantised model.</param>
/// <param name="Inputs">Slides to calibrate on: files, folders and patterns.</param>
/// <param name="Patches">Patches of them.</param>
/// <param name="Config">A config with validation slides; null: that of the run the model lies in, if it is there.</param>
/// <param name="OverrideMpp">µm per pixel of the slides to calibrate on; null: what they say.</param>
/// <param name="MostLoss">The most that the Dice of a class may fall by, 0 to 1.</param>
/// <param name="Overwrite">Whether a model that is there is replaced.</param>
internal sealed record QuantiseSettings(string Model, string Output, IReadOnlyList<string> Inputs, int Patches, string? Config, double? OverrideMpp,
    double MostLoss, bool Overwrite);
