using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Config;

namespace Histoseg.Training.Studies;

/// <summary>Everything a study is told: the content of <c>study.yaml</c>. One protocol, and the networks that are trained by it.</summary>
internal sealed partial record StudyConfig : IConfig
{
    /// <summary>One run per seed; the first one also shares out the patients. At least one, each once.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = [1];

    /// <summary>0: the slides of the split <c>test</c> are held out. 2…100: so many patient-wise folds, each held out once.</summary>
    public int Folds { get; init; }

    /// <summary>Folds to run, numbered from 1; empty: all.</summary>
    public IReadOnlyList<int> OnlyFolds { get; init; } = [];

    /// <summary>Without folds and where the data has no split <c>test</c>: the share of slides held out, patient by patient; 0…0.9.</summary>
    public double TestShare { get; init; } = 0.3;

    /// <summary>Networks of tables 1 and 4 and of figure 3, in the order of their rows; names in any case.</summary>
    public IReadOnlyList<string> Networks
    {
        get;
        init => field = [.. value.Select(Network.Canonical)];
    } = ["fcn-vgg16", "unet", "segnet", "resnet50-gicn", "resnet50-gpp", "resnet50-gicn-gpp"];

    /// <summary>The backbone of the networks of tables 2 and 3: <c>resnet50</c>, the paper's, or <c>resnet18</c>; in any case.</summary>
    public string Backbone
    {
        get;
        init => field = value.ToLowerInvariant();
    } = "resnet50";

    /// <summary>The network of table 2, and of the first half of table 3.</summary>
    internal string Gicn => $"{Backbone}-gicn";

    /// <summary>The network of the other half of table 3.</summary>
    internal string Cnn => $"{Backbone}-cnn";

    /// <summary>Table 2: lengths k of the GICN's kernels; odd, 1…15.</summary>
    public IReadOnlyList<int> KernelSizes { get; init; } = [1, 3, 5, 7, 9, 11, 13];

    /// <summary>Table 3: lengths k at which a GICN is compared with a plain convolution; odd, 1…15.</summary>
    public IReadOnlyList<int> CnnKernelSizes { get; init; } = [3, 5, 7];

    /// <summary>Widths of networks whose width is not the protocol's, by name; 1…1024.</summary>
    public IReadOnlyDictionary<string, int> Widths { get; init; } = new Dictionary<string, int>();

    /// <summary>
    /// Weights that a network begins with, see <see cref="NetworkDescription.Pretrained"/>, by the network's name; the others start from random weights.
    /// </summary>
    [ConfigPath(Or = NetworkDescription.ImageNet)]
    public IReadOnlyDictionary<string, string> Pretrained { get; init; } = new Dictionary<string, string>();

    /// <summary>Table 4: annotated regions with fewer pixels of the label map are XS, the others XL; at least 1.</summary>
    public int SizeLimit { get; init; } = (int)SlideEvaluator.PaperSizeLimit;

    /// <summary>Figure 3: held-out slides to show; 1…100.</summary>
    public int FigureSlides { get; init; } = 4;

    /// <summary>
    /// How every network is trained and evaluated; its <c>network.name</c>, <c>network.k</c>, <c>network.pretrained</c> and <c>seed</c> are replaced in
    /// each run, its <c>data</c> by the fold's.
    /// </summary>
    public TrainConfig Protocol { get; init; } = new();
}
