using System.Text;
using Histoseg.Fuzz.Tests.Mutation;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Config;

namespace Histoseg.Fuzz.Tests.Formats;

/// <summary>Manifests, configs and descriptions of models.</summary>
internal static class TextFormats
{
    private const string Manifest = """
        slide,annotation,mask,split,patient,mpp
        slides/a.svs,a.xml,,train,p1,0.25
        slides\b.tif,"b, 2.geojson",,val,p2,
        c.ndpi,,c_mask.png,test,p3,0.5
        d.mrxs,,,,p3,
        """;

    // A config's structure as JSON, which is YAML too.
    private const string Config = """
        {"seed": 3, "network": {"name": "unet", "width": 8, "k": 3, "gicn_channels": 4, "gpp_pooling": "fixed", "crf": {"iterations": 3}, "pretrained": null},
        "data": {"manifest": "m.csv", "mpp": 0.5, "patch_size": 64, "stride": 32, "tissue": "otsu", "classes": ["background", "tumour"],
          "labels": [{"groups": ["a", "b"], "class": "tumour"}, {"groups": ["hole"], "class": "background"}],
          "mask_values": {"0": "background", "1": "tumour", "255": "ignore"}, "origin": "slide"},
        "augmentation": {"flips": false, "scale_min": 0.5}, "training": {"iterations": 10, "precision": "tf32", "max_minutes": 5},
        "loss": {"class_weights": [1, 2]}, "optimiser": {"learning_rate": 0.1}, "schedule": {"kind": "poly", "warmup_iterations": 5}}
        """;

    private static readonly string Yaml = File.ReadAllText(Path.Combine(Repository.Root, "configs", "train.yaml"));

    private static readonly string[] Cells =
        ["", "\"", "\"a\nb\"", "train", "Train", "0", "-1", "1,5", "1e9", "NaN", "../../x", "C:\\a.svs", "/", "\0", "=cmd()", "\u202e", "a\tb"];

    private static readonly string[] Pieces =
        ["[", "]", "{", "}", ": ", "- ", "\n", "\n  ", "\t", "&a", "*a", "!!binary ", "!", "|", ">", "\"", "'", "#", "? ", "%YAML 1.2\n",
            "---\n", "...\n", "~", "\0", "\u0085", "\uFEFF", "1e999", ".nan", "0x10", "999999999999", "<<: ", "data:\n  "];

    private static readonly string Model = DescriptionOfAModel();

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        new("manifest CSV", "m.csv", random => Encoding.UTF8.GetBytes(Csv(random)), path => Slides.Sampling.Manifest.Load(path, requireFiles: false)),
        new("config YAML", "t.yaml", random => Encoding.UTF8.GetBytes(random.OneIn(2) ? Blocks(random) : JsonTree.Mutate(random, Config)),
            path => ConfigFile.Parse<TrainConfig>(File.ReadAllText(path), "t.yaml", [])) { ManyLines = true },
        new("model.json", "model.json", random => Encoding.UTF8.GetBytes(JsonTree.Mutate(random, Model)),
            path => Network.Create(ModelFolder.LoadDescription(Path.GetDirectoryName(path)!).Network, 2)),
    ];

    private static string Csv(Random random)
    {
        var rows = Manifest.Split('\n').Select(row => row.Split(',').ToList()).ToList();
        for (var edits = random.Edits(); edits > 0; edits--)
        {
            var row = random.Of(rows);
            switch (random.Next(6))
            {
                case 0:
                    rows.Add([.. row]);
                    break;
                case 1 when rows.Count > 1:
                    rows.Remove(row);
                    break;
                case 2:
                    row.Add(random.Of(Cells));
                    break;
                case 3:
                    row.Reverse();
                    break;
                default:
                    row[random.Next(row.Count)] = random.Of(Cells);
                    break;
            }
        }
        return string.Join(random.OneIn(4) ? "\r\n" : "\n", rows.Select(row => string.Join(random.OneIn(12) ? ';' : ',', row)));
    }

    // Lines keep their keys; what stands behind them, or how far in they stand, changes.
    private static string Blocks(Random random)
    {
        var lines = Yaml.Split('\n').ToList();
        for (var edits = random.Edits(); edits > 0; edits--)
        {
            var at = random.Next(lines.Count);
            var colon = lines[at].IndexOf(": ", StringComparison.Ordinal);
            lines[at] = random.Next(5) switch
            {
                0 => lines[at].Insert(random.Next(lines[at].Length + 1), random.Of(Pieces)),
                1 => " " + lines[at],
                2 => lines[at].TrimStart(),
                3 => random.Of(lines),
                _ => colon < 0 ? random.Of(Pieces) : lines[at][..(colon + 2)] + random.Of(Pieces),
            };
        }
        return string.Join('\n', lines);
    }

    private static string DescriptionOfAModel()
    {
        using var folder = new TempFolder();
        ModelFolder.Save(folder.Root, new()
        {
            Network = new() { Name = "unet", Width = 4 },
            NumClasses = 2,
            ClassNames = ["background", "tumour"],
            PatchSizePixels = 64,
            SpacingUmPx = 0.5,
            Normalisation = Normalisation.ImageNet,
        }, new());
        return File.ReadAllText(folder[ModelFolder.DescriptionFile]);
    }
}
