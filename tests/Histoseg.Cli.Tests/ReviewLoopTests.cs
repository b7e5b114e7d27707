using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Histoseg.Cli.Terminal;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;

namespace Histoseg.Cli.Tests;

/// <summary>Train, infer, correct, train: the loop that a pathologist goes through, who here knows the drawing.</summary>
public sealed class ReviewLoopTests : IDisposable
{
    private const string Config = """
        network: {name: unet, width: 4}
        data:
          manifest: first/manifest.csv
          mpp: 4.0
          patch_size: 64
          stride: 32
          labels: [{groups: [tumor], class: tumour}, {groups: [exclusion], class: background}]
        training: {iterations: 120, batch_size: 4, log_every: 20, threads: 2, validate_every: 0}
        optimiser: {learning_rate: 0.05}
        schedule: {kind: poly}
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Corrected_places_make_the_next_model_better_on_their_slides()
    {
        string[] size = ["--width", "768", "--height", "768", "--mpp", "1"];
        Do(ExitCode.Success, ["synth", "-o", _folder["first"], "--train", "1", "--test", "0", .. size]);
        var more = Do(ExitCode.Success, ["synth", "-o", _folder["more"], "--seed", "7", "--train", "0", "--val", "0", "--test", "2", .. size]).Output.Trim();
        File.WriteAllText(_folder["train.yaml"], Config);
        Do(ExitCode.Success, "train", "-c", _folder["train.yaml"], "-o", _folder["run"]);
        // The first set has slides of these names; these are of others.
        var rows = Manifest.Load(more).Rows.Select(Renamed).ToList();
        File.WriteAllText(_folder["new.csv"], Manifest.ToCsv(rows));
        var before = Dice("run", rows, "out");

        var review = Do(ExitCode.Success, "review", "-p", _folder["out"], "-n", "6", "--size-um", "250", "-m", _folder["run/model"]);
        Assert.Contains("engine train -c " + _folder["out/review/train.yaml"], review.Error);
        Assert.Equal(7, File.ReadAllLines(_folder["out/review/places.csv"]).Length);
        foreach (var row in rows)
            Correct(_folder[$"out/review/{Path.GetFileNameWithoutExtension(row.Slide)}.geojson"], row.Annotation!);

        Do(ExitCode.Success, "train", "-c", _folder["out/review/train.yaml"], "-o", _folder["run2"]);
        var after = Dice("run2", rows, "out2");
        Assert.True(after > before, $"Dice {before:0.000}, then {after:0.000}");
        Assert.Contains("give one with --model", Do(ExitCode.BadUsage, "review", "-p", _folder["out"], "--device", "cpu").Error);
        Assert.Contains("may have corrected", Do(ExitCode.BadUsage, "review", "-p", _folder["out"]).Error);
    }

    private static ManifestRow Renamed(ManifestRow row)
    {
        var other = row.Slide.Replace("synth_", "new_", StringComparison.Ordinal);
        File.Move(row.Slide, other);
        return row with { Slide = other, Patient = Path.GetFileNameWithoutExtension(other) };
    }

    private double Dice(string run, IEnumerable<ManifestRow> slides, string output)
    {
        Do(ExitCode.Success,
            ["infer", "-i", .. slides.Select(row => row.Slide), "-m", _folder[run + "/model"], "-o", _folder[output], "--output", "mask,heatmap"]);
        Do(ExitCode.Success, "eval", "-c", _folder["train.yaml"], "--set", $"data.manifest={_folder["new.csv"]}", "-p", _folder[output], "--split", "test");
        return File.ReadLines(_folder[output + "/evaluation.csv"]).Select(line => line.Split(','))
            .Where(fields => fields[0] == "(pooled)" && fields.Contains("tumour"))
            .Select(fields => double.Parse(fields[Column(output)], CultureInfo.InvariantCulture)).Single();
    }

    private int Column(string output) =>
        Array.IndexOf(File.ReadLines(_folder[output + "/evaluation.csv"]).First().Split(','), "dice");

    // What a person does in QuPath: the squares are looked at, and hold what is there.
    private static void Correct(string file, string truth)
    {
        var collection = JsonNode.Parse(File.ReadAllText(file))!;
        var squares = collection["features"]!.AsArray().Where(one => Class(one!)["name"]!.GetValue<string>() == "to review")
            .Select(one => one!.DeepClone()).ToList();
        foreach (var square in squares)
            Class(square)["name"] = "reviewed";
        var drawn = AnnotationFile.Load(truth).Regions.Select(region => (JsonNode)new JsonObject
        {
            ["type"] = "Feature",
            ["geometry"] = new JsonObject
            {
                ["type"] = "Polygon",
                ["coordinates"] = JsonSerializer.SerializeToNode(new[] { region.Ring }.Concat(region.Holes)
                    .Select(ring => ring.Append(ring[0]).Select(point => new[] { point.X, point.Y }))),
            },
            ["properties"] = new JsonObject { ["classification"] = new JsonObject { ["name"] = region.Group == "tumor" ? "tumour" : "background" } },
        });
        collection["features"] = new JsonArray([.. squares, .. drawn]);
        File.WriteAllText(file, collection.ToJsonString());

        static JsonNode Class(JsonNode feature) => feature["properties"]!["classification"]!;
    }

    private static (int Code, string Output, string Error) Do(int code, params string[] args)
    {
        var result = ApplicationTests.Run(args);
        Assert.True(result.Code == code, $"{string.Join(' ', args)}: {result.Code}\n{result.Output}\n{result.Error}");
        return result;
    }
}
