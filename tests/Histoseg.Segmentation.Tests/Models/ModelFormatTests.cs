using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Tests.Models;

/// <summary>Descriptions of models of this version and of the one before.</summary>
public sealed class ModelFormatTests : IDisposable
{
    // As version 1 wrote it.
    private const string Version1 = """
        {
          "format_version": 1,
          "network": "resnet50-gicn-gpp",
          "num_classes": 2,
          "class_names": ["background", "tumour"],
          "patch_size_pixels": 128,
          "spacing_um_px": 1,
          "normalisation": { "mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225] },
          "width": 4,
          "k": 5,
          "gicn_channels": 6,
          "gpp_pooling": "fixed",
          "crf": {
            "iterations": 2,
            "appearance_weight": 2,
            "appearance_position_sigma": 5,
            "appearance_colour_sigma": 10,
            "smoothness_weight": 1.5,
            "smoothness_sigma": 2
          },
          "tissue_rule": "otsu",
          "tissue_threshold": 210,
          "iteration": 30,
          "training_data": "2 slides",
          "metrics": { "validation_dice_tumour": 0.5 }
        }
        """;

    private static readonly NetworkDescription Network1 = new()
    {
        Width = 4,
        K = 5,
        GicnChannels = 6,
        GppPooling = GppPooling.Fixed,
        Crf = new()
        {
            Iterations = 2,
            AppearanceWeight = 2,
            AppearancePositionSigma = 5,
            AppearanceColourSigma = 10,
            SmoothnessWeight = 1.5,
            SmoothnessSigma = 2,
        },
    };

    private readonly TempFolder _folder = new();

    [Fact]
    public void Names_of_classes_and_slides_stay_names_in_the_card()
    {
        var description = new ModelDescription
        {
            Network = new() { Width = 4 },
            NumClasses = 3,
            ClassNames = ["background", "a|b", "<img src=x> `c` *d*"],
            PatchSizePixels = 128,
            SpacingUmPx = 0.5,
            Normalisation = Normalisation.ImageNet,
            TissueThreshold = 220,
            Iteration = 7,
            TrainingData = "2 slides of [a](b).csv",
            Metrics = new Dictionary<string, double> { ["validation_dice_a|b"] = 0.5 },
        };
        ModelFolder.Save(_folder["card"], description, new ParameterSet<float>());
        var card = File.ReadAllLines(_folder["card/README.md"]);
        Assert.Equal(@"# resnet50-gicn-gpp: background, a|b, \<img src=x\> \`c\` \*d\*", card[0]);
        Assert.Contains(@"| Classes | 0 background, 1 a\|b, 2 \<img src=x\> \`c\` \*d\* |", card);
        Assert.Contains("| Patch | 128 × 128 pixels at 0.5 µm per pixel |", card);
        Assert.Contains(@"| Training | 2 slides of \[a\](b).csv; 7 iterations |", card);
        Assert.Contains(@"| validation_dice_a\|b | 0.5000 |", card);
        Assert.DoesNotContain(card, line => line.StartsWith("| First weights", StringComparison.Ordinal));
    }

    [Fact]
    public void The_card_tells_where_weights_that_ship_come_from()
    {
        var model = Load(Version1);
        ModelFolder.Save(_folder["card"], model with { Network = model.Network with { Pretrained = NetworkDescription.ImageNet } }, new ParameterSet<float>());
        var card = File.ReadAllText(_folder["card/README.md"]);
        Assert.Contains("pretrained imagenet", card);
        Assert.Contains("| First weights | ImageNet, by the ResNet-18 of the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18 ", card);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_of_version_1_is_read()
    {
        var model = Load(Version1);
        Assert.Equal(Network1, model.Network);
        Assert.Equal((2, 128, 1.0, 210, 30), (model.NumClasses, model.PatchSizePixels, model.SpacingUmPx, model.TissueThreshold, model.Iteration));
        Assert.Equal(TissueRule.Otsu, model.TissueRule);
        Assert.Equal(0.5, model.Metrics["validation_dice_tumour"]);
    }

    [Fact]
    public void What_version_1_left_out_has_its_default()
    {
        var text = Version1.Replace("\"gpp_pooling\": \"fixed\",", "");
        var model = Load(text[..text.IndexOf("\"crf\"", StringComparison.Ordinal)] + text[text.IndexOf("\"tissue_rule\"", StringComparison.Ordinal)..]);
        Assert.Equal(GppPooling.Adaptive, model.Network.GppPooling);
        Assert.Null(model.Network.Crf);
    }

    [Fact]
    public void A_model_is_written_in_version_2_with_its_network_nested_and_read_again()
    {
        var model = Load(Version1);
        ModelFolder.Save(_folder["again"], model, new ParameterSet<float>());
        var text = File.ReadAllText(_folder["again/model.json"]);
        Assert.Contains("\"format_version\": 2", text);
        Assert.Contains("\"network\": {\n    \"name\": \"resnet50-gicn-gpp\",\n    \"width\": 4,", text.ReplaceLineEndings("\n"));
        Assert.Equal(model.Network, ModelFolder.LoadDescription(_folder["again"]).Network);
    }

    [Fact]
    public void The_colours_trained_on_are_kept_and_a_model_without_them_is_read()
    {
        var model = Load(Version1);
        Assert.Null(model.TrainingColours);
        ModelFolder.Save(_folder["again"], model with { TrainingColours = new([0.3, 0.9, 0.25]) }, new ParameterSet<float>());
        Assert.Contains("\"training_colours\"", File.ReadAllText(_folder["again/model.json"]));
        Assert.Equal([0.3, 0.9, 0.25], ModelFolder.LoadDescription(_folder["again"]).TrainingColours!.MeanDensity);
        ModelFolder.Save(_folder["again"], model with { TrainingColours = new([0.3, 0.9]) }, new ParameterSet<float>());
        Assert.Contains("training_colours needs three", Assert.Throws<EngineError>(() => ModelFolder.LoadDescription(_folder["again"])).Message);
    }

    [Theory]
    [InlineData("\"format_version\": 1", "\"format_version\": 4", "format version 4 is not known to this program; update it")]
    [InlineData("\"k\": 5,", "\"k\": 4,", "k 4 is out of range: it is odd, 1 to 15")]
    [InlineData("\"k\": 5,", "", "it lacks")]
    [InlineData("\"smoothness_sigma\": 2", "\"smoothness_sigma\": 0", "crf.smoothness_sigma 0 is out of range")]
    [InlineData("\"resnet50-gicn-gpp\"", "\"resnet\"", "there is no network 'resnet'")]
    public void What_is_wrong_in_a_model_of_version_1_is_named(string from, string to, string says)
    {
        Assert.Contains(from, Version1);
        Assert.Contains(says, Assert.Throws<EngineError>(() => Load(Version1.Replace(from, to))).Message);
    }

    private ModelDescription Load(string text)
    {
        _folder.Write("model.json", text);
        return ModelFolder.LoadDescription(_folder.Root);
    }
}
