using System.CommandLine;
using Histoseg.Cli.Terminal;
using Histoseg.Segmentation;
using Histoseg.Segmentation.Review;
using Histoseg.Training.Review;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine review</c>: picks the places of results where a correction teaches most.</summary>
internal sealed class ReviewVerb : Verb
{
    private readonly Option<string> _predictions = new("--predictions", "-p") { Description = "The output folder of engine infer", Required = true };
    private readonly Option<int> _count = NumberOption.Create("--count", "The most places", 50);
    private readonly Option<double> _size = NumberOption.Create("--size-um", "Side of a place, µm", 250.0);
    private readonly Option<string?> _against = new("--against")
    { Description = "Another output folder of the same slides, such as one made with --tta: where the two differ counts too" };

    private readonly Option<string?> _model = new("--model", "-m")
    { Description = "The model, which then looks at the most doubtful places in all eight flips and turns: where these differ counts too" };
    private readonly Option<string?> _device = DeviceOption.Create("auto if not given");

    /// <summary>The verb.</summary>
    public ReviewVerb(Session session) : base(
        "review",
        "Picks the places of segmented slides where a correction teaches most, and writes them for QuPath with what was predicted there.",
        """
        engine review -p out -n 50
        engine review -p out -m run/model
        engine review -p out --against out-2 --size-um 400
        """,
        session)
    {
        _count.Aliases.Add("-n");
        foreach (var option in new Option[] { _predictions, _count, _size, _against, _model, _device })
            Add(option);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var (count, size) = (given.GetValue(_count), given.GetValue(_size));
        if (count is < 1 or > 100_000)
            throw new ConfigError($"{_count.Name} {count}: it is 1 to 100000");
        if (!(size is > 0 and <= 1e5))
            throw new ConfigError(FormattableString.Invariant($"{_size.Name} {size}: it is µm, above 0"));
        var folder = given.GetValue(_model);
        if (given.GetValue(_device) is { } device && folder is null)
            throw new ConfigError(
                $"{_device.Name} {DeviceOption.Checked(device)}: nothing is computed without a model; give one with {_model.Name}, or leave it out");
        using var model = folder is not null
            ? SegmentationModel.Open(folder, new() { Device = DeviceOption.Checked(given.GetValue(_device) ?? "auto") }, Session.Devices,
                line => Session.Error.WriteLine($"engine: {line}"))
            : null;
        var review = ReviewRun.Do(new(given.GetValue(_predictions)!, count, size, given.GetValue(_against), model?.Views()), Session.Cancel);
        foreach (var note in review.Notes)
            Session.Error.WriteLine(Visible.Line($"engine: {note}"));
        foreach (var slide in review.Slides)
            Session.Out.WriteLine(Visible.Line($"{slide.File}: {(slide.Places > 0 ? Figures.Count(slide.Places, "place") : "corrected before, no places")} of "
                + slide.Slide));
        Session.Error.WriteLine($"engine: correct what is in each square, in QuPath for instance, give the square the class '{ReviewFile.Reviewed}', and save "
            + "over the file; squares left as they are do not count");
        if (ReviewDataset.Write(review) is not var (config, left))
        {
            Session.Error.WriteLine($"engine: {review.Model} lies in no run folder, so there is no config to go on from: docs/annotations.md tells how to "
                + "train on corrected places");
            return ExitCode.Success;
        }
        foreach (var note in left)
            Session.Error.WriteLine(Visible.Line($"engine: {note}"));
        Session.Error.WriteLine($"engine: then train again: engine train -c {config} -o NEW_RUN");
        return ExitCode.Success;
    }
}
