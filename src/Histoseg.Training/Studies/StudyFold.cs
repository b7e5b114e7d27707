using System.Globalization;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Studies;

/// <summary>One way of dividing the data: what is trained on and what is held out as split <c>test</c>.</summary>
/// <param name="Number">From 1; null where there is but one way, the data's own.</param>
/// <param name="Manifest">All slides with their splits and absolute paths.</param>
internal sealed record StudyFold(int? Number, Manifest Manifest)
{
    /// <summary>Name in folders and files: <c>fold1</c>, or <c>test</c>.</summary>
    public string Name => Number is { } number ? string.Create(CultureInfo.InvariantCulture, $"fold{number}") : "test";

    /// <summary>The held-out slides.</summary>
    public IReadOnlyList<ManifestRow> HeldOut => [.. Manifest.Of(DataSplit.Test)];

    /// <summary>Where its manifest is written.</summary>
    /// <param name="output">The study's folder.</param>
    public string Csv(string output) => Path.Combine(Path.GetFullPath(output), "folds", Name + ".csv");

    /// <summary>
    /// Writes the manifest that its runs read, unless it is there. One that divides the slides in another way stays: runs that it was made for read it when
    /// they start.
    /// </summary>
    /// <exception cref="ConfigError">Another one is there; the message names it and the remedy.</exception>
    /// <exception cref="WriteError">The folder or the disk does not take it.</exception>
    public void Write(string output)
    {
        var (path, text) = (Csv(output), Text());
        if (!File.Exists(path))
            WholeFile.WriteText(path, text);
        else if (File.ReadAllText(path) != text)
            throw new ConfigError($"{path}: lists other slides, or divides them in another way, than the study now does; give the study another folder, "
                + "or restore the config (first seed, folds, test_share) and the place of the data")
            { Remedy = Remedy.ChooseFolder };
    }

    private string Text() => Manifest.ToCsv(Manifest.Rows);
}
