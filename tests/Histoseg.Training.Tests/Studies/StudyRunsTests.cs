using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Studies;

namespace Histoseg.Training.Tests.Studies;

/// <summary>Which runs a table needs.</summary>
public class StudyRunsTests
{
    private static readonly StudyFold[] Folds = [.. new[] { 1, 2, 3 }.Select(number => new StudyFold(number, new Manifest("m.csv", [])))];

    [Theory]
    [InlineData("resnet50")]
    [InlineData("ResNet18")]
    public void Tables_2_and_3_are_of_one_backbone(string backbone)
    {
        var study = new StudyConfig { Folds = 3, Seeds = [1, 2], KernelSizes = [1, 7], CnnKernelSizes = [3], Backbone = backbone };
        var name = backbone.ToLowerInvariant();
        Assert.Equal([(name + "-gicn", 1), (name + "-gicn", 7)], Variants(study, StudyTarget.Table2));
        Assert.Equal([(name + "-gicn", 3), (name + "-cnn", 3)], Variants(study, StudyTarget.Table3));
        Assert.Equal(2 * 3 * 2, StudyRuns.Of(study, StudyTarget.Table2, Folds).Count);
    }

    [Fact]
    public void The_shipped_study_of_pretrained_networks_is_sound_and_makes_no_run_twice()
    {
        var study = ConfigFile.Load<StudyConfig>(Path.Combine(Repository.Root, "configs", "glas-pretrained.yaml"));
        Assert.Empty(study.Validate());
        StudyTarget[] tables = [StudyTarget.Table1, StudyTarget.Table2, StudyTarget.Table3, StudyTarget.Table4];
        var runs = tables.SelectMany(table => StudyRuns.Of(study, table, Folds)).ToList();
        Assert.All(runs, run => Assert.Contains(run.Network, study.Pretrained.Keys));
        // Four networks, six more lengths, three plain convolutions; three folds of each.
        Assert.Equal(3 * (4 + 6 + 3), runs.Select(run => run.Folder).Distinct().Count());
    }

    private static IEnumerable<(string, int)> Variants(StudyConfig study, StudyTarget table) =>
        StudyRuns.Of(study, table, Folds).Select(run => (run.Network, run.K!.Value)).Distinct();
}
