using System.Text.RegularExpressions;
using Histoseg.Cli.Terminal;
using Histoseg.Training.Config;
using Histoseg.Training.Studies;

namespace Histoseg.Cli.Tests.Studies;

/// <summary>The shipped studies on miniature data of the layout they expect.</summary>
public sealed partial class ReproduceVerbTests
{
    private static readonly string[] PaperNetworks = ["fcn-vgg16", "unet", "segnet", "resnet50-gicn", "resnet50-gpp", "resnet50-gicn-gpp"];

    [Fact]
    public void Camelyon16_makes_table_1_and_table_4_of_the_same_runs()
    {
        using var folder = StudyFolder.Camelyon16();
        var table1 = Done(folder.Reproduce("table1"));
        Assert.Equal(["table1.csv", "table1.md", "table1.html"],
            table1.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Path.GetFileName));

        var rows = Rows(folder["study/table1.csv"]);
        Assert.Equal(PaperNetworks, rows.Select(row => row["network"]));
        Assert.Equal(["32", "16", "32", "8", "8", "8"], rows.Select(row => row["stride"]));
        Assert.All(rows, row =>
        {
            Assert.InRange(double.Parse(row["score"]), 0, 1);
            Assert.Equal("", row["score_deviation"]);
            Assert.InRange(double.Parse(row["test_time_ms"]), 0.01, 60_000);
            Assert.InRange(long.Parse(row["parameters_without_backbone"]), 1, long.Parse(row["parameters"]));
            Assert.Equal(("1", "1"), (row["runs_done"], row["runs"]));
        });
        // The U-Net has no backbone; of the pyramid's network the rest is the smaller part even at this width.
        Assert.Equal(rows[1]["parameters"], rows[1]["parameters_without_backbone"]);
        Assert.NotEqual(rows[5]["parameters"], rows[5]["parameters_without_backbone"]);
        AssertLinks(folder, "table1", PaperNetworks.Length);

        var split = Rows(folder["study/folds/test.csv"]);
        Assert.Equal((10, 2), (split.Count(row => row["split"] == "train"), split.Count(row => row["split"] == "test")));
        Assert.Equal(["tumor_011.tif", "tumor_012.tif"], split.Where(row => row["split"] == "test").Select(row => Path.GetFileName(row["slide"])));
        Assert.Equal(2, Directory.GetFiles(folder["study/runs/unet/test-seed1/predictions"]).Length);

        var runs = Times(folder);
        var table4 = Done(folder.Reproduce("table4"));
        Assert.DoesNotContain("loss", table4.Error);
        Assert.Equal(runs, Times(folder));
        Assert.Equal(PaperNetworks, Rows(folder["study/table4.csv"]).Select(row => row["network"]));
        Assert.Single(Rows(folder["study/table4.csv"]).Select(row => (row["xs_regions"], row["xl_regions"])).Distinct());
        AssertLinks(folder, "table4", PaperNetworks.Length);
    }

    [Fact]
    public void Gastric_holds_out_three_tenths_and_makes_table_3_and_the_figure()
    {
        using var folder = StudyFolder.Gastric();
        Done(folder.Reproduce("table3", "cnn_kernel_sizes=[1,3]"));
        var split = Rows(folder["study/folds/test.csv"]);
        Assert.Equal((7, 3), (split.Count(row => row["split"] == "train"), split.Count(row => row["split"] == "test")));
        var rows = Rows(folder["study/table3.csv"]);
        Assert.Equal(["1", "3"], rows.Select(row => row["k"]));
        Assert.All(rows, row => Assert.All(["gicn_score", "cnn_score"], column => Assert.InRange(double.Parse(row[column]), 0, 1)));
        Assert.True(long.Parse(rows[1]["cnn_parameters_without_backbone"]) > long.Parse(rows[0]["cnn_parameters_without_backbone"]));
        AssertLinks(folder, "table3", 4);

        Done(folder.Reproduce("fig3", "networks=[resnet50-gicn]", "protocol.network.k=3", "figure_slides=2"));
        Assert.Equal(2, Regex.Count(File.ReadAllText(folder["study/fig3.html"]), "<tr><td>case_"));
        Assert.Equal(2 * 3, Regex.Count(File.ReadAllText(folder["study/fig3.html"]), "<img "));
        Assert.Contains("runs/resnet50-gicn-k3/test-seed1/report.html", File.ReadAllText(folder["study/fig3.md"]));
        // Three columns and two rows of 64 pixels with gaps of 8.
        Assert.Equal((208, 136), PngSize(folder["study/fig3.png"]));
        Assert.False(Directory.Exists(folder["study/runs/unet"]));
    }

    [Fact]
    public void Glas_divides_patients_into_folds_and_makes_table_2_over_seeds()
    {
        using var folder = StudyFolder.Glas();
        string[] sets = ["kernel_sizes=[1,3]", "only_folds=[3]", "seeds=[1,2]"];
        Done(folder.Reproduce("table2", sets));
        var heldOut = new List<string>();
        for (var fold = 1; fold <= 3; fold++)
        {
            var split = Rows(folder[$"study/folds/fold{fold}.csv"]);
            Assert.Empty(split.Where(row => row["split"] == "test").Select(row => row["patient"])
                .Intersect(split.Where(row => row["split"] == "train").Select(row => row["patient"])));
            heldOut.AddRange(split.Where(row => row["split"] == "test").Select(row => row["slide"]));
        }
        Assert.Equal(11, heldOut.Distinct().Count());
        Assert.Equal(11, heldOut.Count);

        var rows = Rows(folder["study/table2.csv"]);
        Assert.Equal(["1", "3"], rows.Select(row => row["k"]));
        Assert.All(rows, row => Assert.True(double.Parse(row["score_deviation"]) >= 0));
        Assert.Contains("±", File.ReadAllText(folder["study/table2.md"]));
        Assert.Contains("<svg", File.ReadAllText(folder["study/table2.html"]));
        Assert.Contains("runs/resnet50-gicn-k1/fold3-seed2", rows[0]["folders"]);
        AssertLinks(folder, "table2", 4);

        // A run folder is one of engine train.
        var resumed = ApplicationTests.Run("train", "-c", folder["study/runs/resnet50-gicn-k1/fold3-seed1/config.yaml"], "-o",
            folder["study/runs/resnet50-gicn-k1/fold3-seed1"], "--resume");
        Assert.True(resumed.Code == ExitCode.Success, resumed.Error);

        var other = folder.Reproduce("table2", [.. sets, "protocol.optimiser.learning_rate=0.5"]);
        Assert.Equal(ExitCode.BadUsage, other.Code);
        Assert.Contains("fold3-seed1: was trained with optimiser.learning_rate 0.04, the study now asks for 0.5; restore the config, or delete the folder",
            Assert.Single(other.Error.Trim().Split('\n')));
    }

    [Fact]
    public void One_failing_network_does_not_stop_the_others()
    {
        using var folder = StudyFolder.Glas();
        Done(folder.Reproduce("table4", "only_folds=[1]", "networks=[unet]"));
        var unet = folder["study/runs/unet/fold1-seed1"];
        var result = File.ReadAllText(Path.Combine(unet, "result.json"));
        File.Delete(Path.Combine(unet, "result.json"));
        var checkpoint = File.ReadAllBytes(Path.Combine(unet, "last.ckpt"));
        File.WriteAllText(Path.Combine(unet, "last.ckpt"), "damaged");

        string[] sets = ["only_folds=[1]", "networks=[unet, resnet50-gicn]"];
        var (code, output, error) = folder.Reproduce("table4", sets);
        Assert.Equal(ExitCode.SomeSlidesFailed, code);
        Assert.Contains("table4.md", output);
        Assert.Contains("engine: unet, fold 1, seed 1: ", error);
        Assert.Contains("fold1-seed1 failed: ", File.ReadAllText(folder["study/table4.md"]));
        Assert.Contains("last.ckpt", File.ReadAllText(folder["study/table4.html"]));
        Assert.Equal(["0", "1"], Rows(folder["study/table4.csv"]).Select(row => row["runs_done"]));

        // Only what is missing is made: the network was trained.
        File.WriteAllBytes(Path.Combine(unet, "last.ckpt"), checkpoint);
        var again = Done(folder.Reproduce("table4", sets));
        Assert.DoesNotContain("loss", again.Error);
        static string WithoutMinutes(string json) => MinutesInJson().Replace(json, "");
        Assert.Equal(WithoutMinutes(result), WithoutMinutes(File.ReadAllText(Path.Combine(unet, "result.json"))));
    }

    [Fact]
    public void Stopped_it_says_how_to_go_on_and_marks_what_is_missing()
    {
        using var folder = StudyFolder.Gastric();
        using var error = new StringWriter();
        Assert.Equal(ExitCode.Stopped,
            Application.Run(folder.Arguments("table4", "networks=[unet]"), TextWriter.Null, error, new CancellationToken(canceled: true)));
        Assert.Contains("the same command goes on where it was", error.ToString());
        Assert.Contains("not run yet", File.ReadAllText(folder["study/table4.md"]));
        Done(folder.Reproduce("table4", "networks=[unet]"));
        Assert.DoesNotContain("not run yet", File.ReadAllText(folder["study/table4.md"]));
    }

    [Fact]
    public void A_bad_value_is_told_of_every_network_it_does_not_suit()
    {
        using var folder = StudyFolder.Gastric();
        var (code, _, error) = folder.Reproduce("table1", "protocol.data.patch_size=48");
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Equal(new[] { "fcn-vgg16", "segnet" }.Select(network =>
            $"engine: --set protocol.data.patch_size=48: protocol.data.patch_size is 48; it must be a multiple of 32, the output stride of {network}"),
            error.Trim().Split('\n').Select(line => line.TrimEnd()));
    }

    [Theory]
    [InlineData("table5", "seeds=[1]", "engine: 'table5' cannot be made; there is table1, table2, table3, table4, fig3")]
    [InlineData("table1", "netwroks=[unet]", "engine: --set netwroks=[unet]: unknown key 'netwroks'; did you mean 'networks'?")]
    [InlineData("table1", "protocol.training.iteratoins=5",
        "engine: --set protocol.training.iteratoins=5: unknown key 'protocol.training.iteratoins'; did you mean 'protocol.training.iterations'?")]
    [InlineData("table1", "patch_size=64", "engine: --set patch_size=64: unknown key 'patch_size'; did you mean 'protocol.data.patch_size'?")]
    [InlineData("table1", "networks=[u-net]", "engine: --set networks=[u-net]: networks[0] is 'u-net', which is no network; there is ")]
    [InlineData("table2", "kernel_sizes=[3,4]", "engine: --set kernel_sizes=[3,4]: kernel_sizes[1] is 4; it must be odd, 1 to 15")]
    [InlineData("table3", "backbone=vgg16", "engine: --set backbone=vgg16: backbone is 'vgg16'; it must be resnet50 or resnet18")]
    [InlineData("table1", "widths={unet: 0}", "engine: --set widths={unet: 0}: widths.unet is 0; it must be 1 to 1024")]
    [InlineData("table1", "pretrained={u-net: a.safetensors}",
        "engine: --set pretrained={u-net: a.safetensors}: pretrained.u-net is 'u-net', which is no network; there is ")]
    [InlineData("table1", "pretrained={unet: imagenet}",
        "engine: --set pretrained={unet: imagenet}: pretrained.unet is imagenet, of which unet has no weights; resnet18-gicn-gpp, ")]
    [InlineData("table1", "pretrained={resnet18-unet: imagenet}",
        "engine: --set pretrained={resnet18-unet: imagenet}: pretrained.resnet18-unet is imagenet, whose weights are of width 64 and not ")]
    [InlineData("table1", "protocol.network.pretrained=a.safetensors",
        "engine: --set protocol.network.pretrained=a.safetensors: protocol.network.pretrained would be one for all networks; name one for each")]
    [InlineData("table1", "only_folds=[1]", "engine: --set only_folds=[1]: only_folds[0] is 1; there are no folds, leave it out")]
    [InlineData("table1", "seeds=[3,3]", "engine: --set seeds=[3,3]: seeds[1] is 3 a second time")]
    [InlineData("table1", "protocol.data.images=nowhere", "nowhere: the folder does not exist or cannot be read")]
    [InlineData("table1", "folds=20", "images: 10 patients are too few for 20 folds; ask for fewer")]
    [InlineData("table1", "test_share=0", "nothing is held out; give some slides the split 'test', set test_share above 0, or ask for folds")]
    public void Bad_values_are_one_line_on_stderr(string what, string set, string says)
    {
        using var folder = StudyFolder.Gastric();
        var (code, output, error) = folder.Reproduce(what, set);
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Empty(output);
        Assert.Contains(says, Assert.Single(error.Trim().Split('\n')));
        Assert.False(Directory.Exists(folder["study/runs"]));
    }

    [Fact]
    public void Pretrained_files_are_named_by_network_relative_to_the_study()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["study.yaml"], "pretrained: {resnet50-gicn: weights/resnet50.safetensors}\nprotocol: {data: {manifest: m.csv}}\n");
        var study = ConfigFile.Load<StudyConfig>(folder["study.yaml"]);
        Assert.Equal(Path.GetFullPath(folder["weights/resnet50.safetensors"]), Assert.Single(study.Pretrained).Value);
    }

    [Fact]
    public void The_demo_study_names_every_key()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "configs", "demo-study.yaml"));
        Assert.All(YamlBinder.Keys(typeof(StudyConfig)), key => Assert.Matches($"(?m)^{YamlBinder.KeyOf(key.Name)}:", text));
        ConfigFile.Load<StudyConfig>(Path.Combine(Repository.Root, "configs", "demo-study.yaml"));
    }

    private static (int Code, string Output, string Error) Done((int Code, string Output, string Error) result)
    {
        Assert.True(result.Code == ExitCode.Success, $"{result.Code}\n{result.Output}\n{result.Error}");
        return result;
    }

    // Every link of Markdown and page leads to a run's report.
    private static void AssertLinks(StudyFolder folder, string table, int count)
    {
        foreach (var links in new[] { MarkdownLink().Matches(File.ReadAllText(folder[$"study/{table}.md"])),
            PageLink().Matches(File.ReadAllText(folder[$"study/{table}.html"])) })
        {
            Assert.Equal(count, links.Select(link => link.Groups[1].Value).Distinct().Count());
            Assert.All(links, link => Assert.True(File.Exists(folder[$"study/{link.Groups[1].Value}"]), link.Value));
        }
    }

    private static List<Dictionary<string, string>> Rows(string csv)
    {
        var lines = File.ReadAllLines(csv).Select(line => line.Split(',')).ToList();
        return [.. lines.Skip(1).Select(line => lines[0].Zip(line).ToDictionary())];
    }

    private static List<(string, DateTime)> Times(StudyFolder folder) =>
        [.. Directory.GetFiles(folder["study/runs"], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => (file, File.GetLastWriteTimeUtc(file)))];

    private static (int Width, int Height) PngSize(string path)
    {
        var header = File.ReadAllBytes(path).AsSpan(16, 8);
        return ((header[2] << 8) | header[3], (header[6] << 8) | header[7]);
    }

    [GeneratedRegex("\"evaluation_minutes\": [^,]+,")]
    private static partial Regex MinutesInJson();

    [GeneratedRegex(@"\]\((runs/[^)]+)\)")]
    private static partial Regex MarkdownLink();

    [GeneratedRegex("<a href=\"(runs/[^\"]+)\"")]
    private static partial Regex PageLink();
}
