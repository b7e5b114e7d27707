using Histoseg.Segmentation.Networks;

namespace Histoseg.Training.Studies;

/// <summary>Lists the runs a table or figure needs. Runs that several of them need are the same, and have the same folder.</summary>
internal static class StudyRuns
{
    /// <summary>The runs, seed by seed and fold by fold, so that an interrupted study has compared all its networks on something.</summary>
    public static IReadOnlyList<StudyRun> Of(StudyConfig study, StudyTarget target, IReadOnlyList<StudyFold> folds)
    {
        var variants = Variants(study, target);
        List<StudyFold> wanted = [.. folds.Where(fold => study.OnlyFolds.Count == 0 || study.OnlyFolds.Contains(fold.Number!.Value))];
        // Pictures are of one network each, not of several that differ in seed or fold.
        var most = target == StudyTarget.Fig3 ? 1 : int.MaxValue;
        return
        [
            .. from seed in study.Seeds.Take(most)
               from fold in wanted.Take(most)
               from variant in variants
               select new StudyRun(variant.Network, variant.K, study.Widths.TryGetValue(variant.Network, out var width) ? width : study.Protocol.Network.Width,
                   fold, seed),
        ];
    }

    private static List<(string Network, int? K)> Variants(StudyConfig study, StudyTarget target) => target switch
    {
        StudyTarget.Table2 => [.. study.KernelSizes.Select(k => (study.Gicn, (int?)k))],
        StudyTarget.Table3 => [.. study.CnnKernelSizes.SelectMany(k => new[] { (study.Gicn, (int?)k), (study.Cnn, k) })],
        _ => [.. study.Networks.Select(name =>
            (name, Network.Uses(new() { Name = name }, nameof(NetworkDescription.K)) ? study.Protocol.Network.K : (int?)null))],
    };
}
