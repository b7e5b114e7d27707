using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Studies;

namespace Histoseg.Training.Tests.Studies;

/// <summary>Which runs count as the same.</summary>
public sealed class RunIdentityTests : IDisposable
{
    private static readonly StudyRun Run = new("resnet50-gicn", 7, 8, new(null, new("m.csv", [new("a.tif", null, null, DataSplit.Test, "a", null)])), 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("identity").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_key_that_only_one_of_both_has_counts()
    {
        TrainConfig[] configs = [new(), new() { Network = new() { Crf = new() } }, With((0, "background")), With((0, "background"), (255, "tumour")),
            With((0, "background"), (1, "tumour"))];
        foreach (var made in configs)
        {
            RunIdentity.Save(_folder, RunIdentity.Of(Run, made));
            foreach (var asked in configs)
            {
                var error = Record.Exception(() => RunIdentity.RequireSame(_folder, RunIdentity.Of(Run, asked)));
                if (asked == made)
                    Assert.Null(error);
                else
                    Assert.Contains("was trained with ", Assert.IsType<ConfigError>(error).Message);
            }
        }

        static TrainConfig With(params (int Value, string Class)[] values) =>
            new() { Data = new() { MaskValues = values.ToDictionary(pair => pair.Value, pair => pair.Class) } };
    }

    [Fact]
    public void A_key_that_is_gone_is_named()
    {
        RunIdentity.Save(_folder, RunIdentity.Of(Run, new() { Network = new() { Crf = new() } }));
        Assert.Matches("network\\.crf\\.appearance_colour_sigma [0-9.]+, the study now asks for nothing",
            Assert.Throws<ConfigError>(() => RunIdentity.RequireSame(_folder, RunIdentity.Of(Run, new()))).Message);
    }

    [Fact]
    public void A_run_made_before_there_was_a_crf_is_one_without()
    {
        var old = RunIdentity.Of(Run, new());
        Assert.True(old.Remove("network.crf"));
        RunIdentity.Save(_folder, old);
        RunIdentity.RequireSame(_folder, RunIdentity.Of(Run, new()));
    }

    [Fact]
    public void Each_network_starts_from_its_own_file()
    {
        var study = new StudyConfig { Pretrained = new Dictionary<string, string> { ["resnet50-gicn"] = "/weights/resnet50.safetensors" } };
        Assert.Equal("/weights/resnet50.safetensors", Run.Config(study, "m.csv").Network.Pretrained);
        Assert.Null((Run with { Network = "fcn-vgg16" }).Config(study, "m.csv").Network.Pretrained);
    }
}
