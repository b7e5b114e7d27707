using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Histoseg.Cli.Terminal;
using Histoseg.Segmentation.Status;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine status</c>: how the work in an output folder stands.</summary>
internal sealed class StatusVerb : Verb
{
    private const int MostTold = 20;

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private readonly Argument<string> _folder = new("OUT") { Description = "The output folder of engine infer" };
    private readonly Option<bool> _asJson = new("--json") { Description = "Tell it as JSON, slide by slide" };

    /// <summary>The verb.</summary>
    public StatusVerb(Session session) : base(
        "status",
        "Tells how the slides of an output folder stand, whichever programs on whichever machines are at work there.",
        """
        engine status out
        engine status out --json
        """,
        session)
    {
        Add(_folder);
        Add(_asJson);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var status = FolderStatusReader.Read(given.GetValue(_folder)!);
        if (given.GetValue(_asJson))
            WriteJson(status);
        else
            WriteText(status);
        return ExitCode.Success;
    }

    private void WriteJson(FolderStatus status) => Session.Out.WriteLine(JsonSerializer.Serialize(new
    {
        Folder = Path.GetFullPath(status.Folder),
        status.Time,
        Total = status.Slides.Count,
        status.Done,
        status.Failed,
        status.Running,
        status.Died,
        status.Left,
        PatchesPerSecond = Math.Round(status.PatchesPerSecond, 3),
        SlidesPerHour = status.SlidesPerHour is { } speed ? Math.Round(speed, 3) : (double?)null,
        SecondsLeft = status.SecondsLeft is { } seconds ? Math.Round(seconds) : (double?)null,
        status.Slides,
        status.Runs,
    }, _json));

    private void WriteText(FolderStatus status)
    {
        string[] counts = [$"{Figures.Number(status.Done)} done", $"{Figures.Number(status.Failed)} failed", $"{Figures.Number(status.Running)} running",
            $"{Figures.Number(status.Died)} died", $"{Figures.Number(status.Left)} left"];
        Line($"{Figures.Count(status.Slides.Count, "slide")}: {string.Join(", ", counts)}");
        if (status.SlidesPerHour is { } speed)
            Line(string.Create(CultureInfo.InvariantCulture, $"{speed:0.0} slides/h, {status.PatchesPerSecond:0.0} patches/s")
                + (status.SecondsLeft is { } seconds ? $", {Figures.Duration(TimeSpan.FromSeconds(seconds))} left" : ""));
        Told(status, SlideStage.Running, slide =>
            string.Create(CultureInfo.InvariantCulture, $"{slide.Share ?? 0:0 %}, {slide.PatchesPerSecond ?? 0:0.0} patches/s, {Where(status, slide)}"));
        Told(status, SlideStage.Died, slide => $"its program is gone, another takes it over: {Where(status, slide)}, "
            + $"silent for {Figures.Duration(TimeSpan.FromSeconds(slide.SilentSeconds ?? 0))}");
        Told(status, SlideStage.Failed, slide => $"{(slide.Code is null ? "" : $"{slide.Code}: ")}{slide.Error}");
        if (status.Slides.Count(slide => slide is { State: SlideStage.Done, Error: not null }) is > 0 and var partly)
            Line($"{Figures.Count(partly, "slide")} of those done could be read in part only; failures.csv tells which");
    }

    private void Told(FolderStatus status, SlideStage stage, Func<SlideState, string> words)
    {
        var slides = status.Slides.Where(slide => slide.State == stage).ToList();
        foreach (var slide in slides.Take(MostTold))
            Line($"{stage.ToString().ToLowerInvariant(),-8}{Path.GetFileName(slide.Slide)}: {words(slide)}");
        if (slides.Count > MostTold)
            Line($"{"",-8}and {Figures.Number(slides.Count - MostTold)} more (--json tells of all)");
    }

    private static string Where(FolderStatus status, SlideState slide) => slide.Host is null ? "it is not known where"
        : Figures.Text($"{slide.Host}, process {slide.Process}")
            + (slide.Since is { } since && status.Time > since ? $", for {Figures.Duration(status.Time - since)}" : "");

    private void Line(string text) => Session.Out.WriteLine(Visible.Line(text));
}
