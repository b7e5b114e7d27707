using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides;
using Histoseg.Training.Config;
using Histoseg.Training.Studies;

namespace Histoseg.Training.Tests.Config;

public class ConfigFileTests
{
    private const string Sound = """
        seed: 7
        network:
          width: 8
        data:
          manifest: slides.csv
          mpp: 0.5
          labels:
            - {groups: [tumor, "null"], class: tumour}
          mask_values: {0: background, 17: ignore}
        schedule: {kind: step, steps: [10, 20]}
        """;

    [Fact]
    public void Given_keys_are_bound_and_others_keep_their_defaults()
    {
        var config = Configs.Parse(Sound, "/data/train.yaml", []);
        Assert.Equal(7, config.Seed);
        Assert.Equal(8, config.Network.Width);
        Assert.Equal(7, config.Network.K);
        Assert.Equal(0.5, config.Data.Mpp);
        Assert.Equal(["tumor", "null"], config.Data.Labels[0].Groups);
        Assert.Equal("ignore", config.Data.MaskValues![17]);
        Assert.Equal(ScheduleKind.Step, config.Schedule.Kind);
        Assert.Equal([10, 20], config.Schedule.Steps);
        Assert.Equal(0.9, config.Optimiser.Momentum);
    }

    [Fact]
    public void Paths_are_relative_to_the_file_and_overridden_ones_to_the_working_directory()
    {
        Assert.Equal(Path.GetFullPath("/data/slides.csv"), Configs.Parse(Sound, "/data/train.yaml", []).Data.Manifest);
        Assert.Equal(Path.GetFullPath("other.csv"), Configs.Parse(Sound, "/data/train.yaml", ["data.manifest=other.csv"]).Data.Manifest);
    }

    [Fact]
    public void Overrides_win_and_may_add_sections()
    {
        var config = Configs.Parse(Sound, "t.yaml", ["network.width=16", "training.max_minutes=2.5", "data.classes=[background, tumour, gland]", "seed=9"]);
        Assert.Equal(16, config.Network.Width);
        Assert.Equal(2.5, config.Training.MaxMinutes);
        Assert.Equal(3, config.Data.Classes.Count);
        Assert.Equal(9, config.Seed);
    }

    [Fact]
    public void An_override_may_fill_a_section_that_is_null()
    {
        var config = Configs.Parse("data: {manifest: a.csv}\nnetwork: {crf: null}", "t.yaml", ["network.crf.iterations=3"]);
        Assert.Equal(3, config.Network.Crf!.Iterations);
        Assert.Equal(new CrfSettings().AppearanceWeight, config.Network.Crf.AppearanceWeight);
        Assert.Null(Configs.Parse("data: {manifest: a.csv}\nnetwork: {crf: {iterations: 3}}", "t.yaml", ["network.crf=null"]).Network.Crf);
    }

    [Theory]
    [InlineData("network:\n  widht: 8", "t.yaml:2: unknown key 'network.widht'; did you mean 'network.width'?")]
    [InlineData("seed: 1\nsed: 1", "t.yaml:2: unknown key 'sed'; did you mean 'seed'?")]
    [InlineData("batch_size: 4", "t.yaml:1: unknown key 'batch_size'; did you mean 'training.batch_size'?")]
    [InlineData("network:\n\n  width: wide", "t.yaml:3: network.width is 'wide'; expected a whole number up to 2147483647")]
    [InlineData("network:\n  width: \"8\"", "t.yaml:2: network.width is the text \"8\"; expected a whole number up to 2147483647")]
    [InlineData("network: 8", "t.yaml:1: network is '8'; expected a section with keys name, width, k, gicn_channels, gpp_pooling, crf, options, pretrained")]
    [InlineData("network:", "t.yaml:1: network is empty; expected a section with keys name, width, k, gicn_channels, gpp_pooling, crf, options, pretrained")]
    [InlineData("data: {manifest: a.csv}\nnetwork:\n  crf: {smoothness_sigma: 0}", "t.yaml:3: network.crf.smoothness_sigma is 0; it must be 1 to 1000")]
    [InlineData("augmentation: {flips: yes}", "t.yaml:1: augmentation.flips is 'yes'; expected true or false")]
    [InlineData("schedule: {kind: linear}", "t.yaml:1: schedule.kind is 'linear'; expected one of exponential, step, poly, constant")]
    [InlineData("schedule: {kind: 1}", "t.yaml:1: schedule.kind is '1'; expected one of exponential, step, poly, constant")]
    [InlineData("sed: 1\ndata: {classes: [a, [b]], mask_values: {x: a, 1: {}, 1.5: b}, manifest: ''}\nnetwork:\n  crf: []\n  k: null",
        "t.yaml:1: unknown key 'sed'; did you mean 'seed'?\n"
        + "t.yaml:2: data.classes[1] is a list; expected a text\n"
        + "t.yaml:2: a key of data.mask_values is 'x'; expected a whole number up to 2147483647\n"
        + "t.yaml:2: data.mask_values.1 is a section of keys; expected a text\n"
        + "t.yaml:2: a key of data.mask_values is '1.5'; expected a whole number up to 2147483647\n"
        + "t.yaml:2: data.manifest is the text \"\"; expected a path\n"
        + "t.yaml:4: network.crf is a list; expected a section with keys iterations, appearance_weight, appearance_position_sigma, appearance_colour_sigma, "
        + "smoothness_weight, smoothness_sigma\n"
        + "t.yaml:5: network.k is empty; expected a whole number up to 2147483647")]
    [InlineData("data: {manifest: a.csv, min_tissue: 2}\noptimiser: {momentum: 1}",
        "t.yaml:1: data.min_tissue is 2; it must be 0 to 1\nt.yaml:2: optimiser.momentum is 1; it must be 0 to 0.9999")]
    [InlineData("data: {classes: tumour}", "t.yaml:1: data.classes is 'tumour'; expected a list [ , ]")]
    [InlineData("data: {mask_values: {a: tumour}}", "t.yaml:1: a key of data.mask_values is 'a'; expected a whole number up to 2147483647")]
    [InlineData("optimiser: {learning_rate: 1e999}", "t.yaml:1: optimiser.learning_rate is '1e999'; expected a number")]
    [InlineData("data:\n  manifest: a.csv\n  patch_size: 100",
        "t.yaml:3: data.patch_size is 100; it must be a multiple of 8, the output stride of resnet50-gicn-gpp")]
    [InlineData("data: {manifest: a.csv}\nnetwork: {k: 4}", "t.yaml:2: network.k is 4; it must be odd, 1 to 15")]
    [InlineData("data: {manifest: a.csv}\nnetwork:\n  pretrained: imagenet",
        "t.yaml:3: network.pretrained is imagenet, of which resnet50-gicn-gpp has no weights; resnet18-gicn-gpp, resnet18-gicn, resnet18-gpp, resnet18-cnn, "
        + "resnet18-unet have: give a file of torchvision's, or leave it out")]
    [InlineData("data: {manifest: a.csv}\nnetwork: {name: resnet18-unet, pretrained: imagenet, width: 32}",
        "t.yaml:2: network.pretrained is imagenet, whose weights are of width 64 and not 32: set width, or leave it out")]
    [InlineData("data:\n  manifest: a.csv\n  labels: [{groups: [x], class: tumor}]",
        "t.yaml:3: data.labels[0].class is 'tumor', which is neither a class (background, tumour) nor 'ignore'")]
    [InlineData("seed: 1", "t.yaml: data.manifest is missing: give a manifest, or images and masks")]
    [InlineData("- a\n- b", "t.yaml:1: a config is a mapping of keys to values (key: value)")]
    [InlineData("seed: &x 1", "t.yaml:1: anchors and aliases (& and *) are not used in a config; write the value out")]
    [InlineData("seed: !!int 1", "t.yaml:1: tags (!) are not used in a config; leave it out")]
    [InlineData("seed: 1\n---\nseed: 2", "t.yaml holds 2 YAML documents; there must be one")]
    public void What_is_wrong_is_named_with_line_and_key(string yaml, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigError>(() => Configs.Parse(yaml, "t.yaml", [])).Message);

    [Theory]
    [InlineData("network.widht=8", "--set network.widht=8: unknown key 'network.widht'; did you mean 'network.width'?")]
    [InlineData("network.width=x", "--set network.width=x: network.width is 'x'; expected a whole number up to 2147483647")]
    [InlineData("network.k=2", "--set network.k=2: network.k is 2; it must be odd, 1 to 15")]
    [InlineData("width", "--set width: write it as section.key=value")]
    [InlineData("seed.x=1", "--set seed.x=1: seed is a value, not a section")]
    public void A_wrong_override_is_named_by_its_flag(string assignment, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigError>(() => Configs.Parse(Sound, "t.yaml", [assignment])).Message);

    [Fact]
    public void A_duplicate_key_and_broken_text_are_config_errors()
    {
        Assert.StartsWith("t.yaml:2: this is not YAML: ", Assert.Throws<ConfigError>(() => Configs.Parse("seed: 1\nseed: 2", "t.yaml", [])).Message);
        Assert.StartsWith("t.yaml:", Assert.Throws<ConfigError>(() => Configs.Parse("seed: [1", "t.yaml", [])).Message);
    }

    [Theory]
    [InlineData("UNet", "unet")]
    [InlineData("ResNet50-GICN-gpp", "resnet50-gicn-gpp")]
    public void A_networks_name_may_be_written_in_any_case(string written, string name)
    {
        Assert.Equal(name, Configs.Parse(Sound, "t.yaml", [$"network.name={written}"]).Network.Name);
        Assert.Equal([name], ConfigFile.Parse<StudyConfig>($"networks: [{written}]\nprotocol: {{data: {{manifest: m.csv}}}}", "t.yaml").Networks);
    }

    [Fact]
    public void A_missing_file_is_a_config_error() =>
        Assert.Contains("the config cannot be read: no such file", Assert.Throws<ConfigError>(() => Configs.Load("nowhere.yaml")).Message);

    [Fact]
    public void The_written_copy_binds_to_the_same_config()
    {
        var config = Configs.Parse(Sound, "/data/train.yaml", []);
        var copy = YamlWriter.Write(config);
        Assert.Equal(copy, YamlWriter.Write(Configs.Parse(copy, "/elsewhere/copy.yaml", [])));
    }

    [Theory]
    [InlineData("Otsu", "Adaptive", "BF16", "Poly")]
    [InlineData("OTSU", "\"adaptive\"", "'Bf16'", "POLY")]
    public void Names_of_a_list_are_taken_in_any_case_and_quoted(string tissue, string pooling, string precision, string kind)
    {
        var config = Configs.Parse($"data: {{manifest: a.csv, tissue: {tissue}}}\nnetwork: {{gpp_pooling: {pooling}}}\n"
            + $"training: {{precision: {precision}}}\nschedule: {{kind: {kind}}}\naugmentation: {{flips: False}}", "t.yaml", []);
        Assert.Equal((TissueRule.Otsu, GppPooling.Adaptive, Precision.Bf16, ScheduleKind.Poly, false),
            (config.Data.Tissue, config.Network.GppPooling, config.Training.Precision, config.Schedule.Kind, config.Augmentation.Flips));
    }

    [Fact]
    public void No_more_lines_are_told_than_anybody_reads()
    {
        var lines = Assert.Throws<ConfigError>(() => Configs.Parse(string.Concat(Enumerable.Range(0, 1000).Select(i => $"x{i}: 1\n")), "t.yaml", []))
            .Message.Split('\n');
        Assert.Equal(51, lines.Length);
        Assert.Equal("and 950 more", lines[^1]);
    }

    [Fact]
    public void The_commented_example_holds_exactly_the_defaults()
    {
        var example = Configs.Load(Path.Combine(Repository.Root, "configs", "train.yaml"));
        // The same keys left out, all of them.
        var defaults = Configs.Parse("data: {manifest: slides.csv}", "t.yaml", []);
        // What belongs to the data is an example there, and marked so.
        defaults = defaults with { Data = defaults.Data with { Manifest = example.Data.Manifest, Mpp = example.Data.Mpp, Labels = example.Data.Labels } };
        Assert.Equal(YamlWriter.Write(defaults), YamlWriter.Write(example));
        var text = File.ReadAllText(Path.Combine(Repository.Root, "configs", "train.yaml"));
        Assert.Equal(["manifest", "mpp", "labels"],
            text.Split('\n').Where(line => line.Contains("# example; ", StringComparison.Ordinal)).Select(line => line.Split(':')[0].Trim()));
        Assert.All(YamlWriter.Write(defaults).Split('\n').Where(line => line.Contains(':')).Select(line => line.Trim(' ', '-').Split(':')[0]),
            key => Assert.Contains($"{key}:", text));
    }

    [Fact]
    public void The_commented_example_says_of_every_key_of_a_network_what_the_table_says()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "configs", "train.yaml"));
        Assert.All(NetworkKeys.All, key =>
        {
            var line =
                Assert.Single(lines, line => line.TrimStart(' ', '#').StartsWith($"{key.Name.Split('.')[^1]}: {key.Default} ", StringComparison.Ordinal));
            Assert.EndsWith($"# {key.Sentence}{(key.Range.Length > 0 ? $"; {key.Range}" : "")}", line);
        });
    }

    [Fact]
    public void The_demo_config_is_sound() =>
        Assert.Equal(8, Configs.Load(Path.Combine(Repository.Root, "configs", "demo.yaml")).Network.Width);
}
