using System.Text.Json;
using System.Text.RegularExpressions;
using Histoseg.Cli.Terminal;
using Histoseg.Cli.Tests.Robustness;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Tests.ManyMachines;

/// <summary>What programs read of <c>engine infer</c> and <c>engine status</c> is what docs/workflows.md says.</summary>
[Collection(RobustnessTests.Name)]
public sealed partial class EventTests : IDisposable
{
    private static readonly string[] Always = ["event", "time"];
    private readonly Workshop _workshop;
    private readonly TempFolder _folder = new();

    public EventTests(Workshop workshop)
    {
        _workshop = workshop;
        Workshop.CopyFolder(workshop["slides"], _folder["slides"]);
        Workshop.CopyCut(workshop["slides/synth_000.tif"], _folder["slides/broken.tif"], 0.01);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Infer(params string[] more) =>
        ["infer", "-i", _folder["slides"], "-o", _folder["out"], "-m", _workshop["run/model"], "--output", "mask,csv", .. more];

    private static string Page => File.ReadAllText(Path.Combine(Repository.Root, "docs", "workflows.md"));

    /// <summary>The rows of a table of the page: the name in the first column, and the names in the others.</summary>
    private static Dictionary<string, string[]> Table(string heading) =>
        Page.Split($"## {heading}")[1].Split("\n## ")[0].Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Name().Matches(line.Split('|')[1]).Select(match => (Name: match.Groups[1].Value, Cells: line.Split('|', 3)[2])))
            .ToDictionary(row => row.Name, row => Name().Matches(row.Cells).Select(match => match.Groups[1].Value).ToArray());

    private static List<JsonElement> EventsOf(EngineResult result)
    {
        Assert.All(result.Error, letter => Assert.True(letter is '\n' or '\r' or (>= ' ' and <= '~')));
        return [.. result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Of(JsonElement element, string key) => element.GetProperty(key).ToString();

    [Fact]
    public void Every_line_is_an_event_with_the_keys_that_the_page_has()
    {
        var events = EventsOf(Workshop.Run(Infer("--log-format", "json")).Expect(ExitCode.SomeSlidesFailed));
        var known = Table("Events: `--log-format json`");
        Assert.All(events, told => Assert.All(told.EnumerateObject().Where(key => !Always.Contains(key.Name)),
            key => Assert.True(known[Of(told, "event")].Contains(key.Name), $"{Of(told, "event")} has {key.Name}")));
        Assert.All(events, told => Assert.EndsWith("Z", Of(told, "time")));
        var names = events.Select(told => Of(told, "event")).ToList();
        Assert.Equal(["message", "progress", "run_finished", "run_started", "slide_done", "slide_failed", "slide_started"], names.Distinct().Order());
        Assert.Equal(4, names.Count(name => name == "slide_started"));
        Assert.Contains(events, told => Of(told, "event") == "message" && Of(told, "text").StartsWith("the outputs of the 4 slides will take about "));

        var failed = events.Single(told => Of(told, "event") == "slide_failed");
        Assert.Equal(("bad_slide", "True"), (Of(failed, "code"), Of(failed, "tried")));
        var done = events.First(told => Of(told, "event") == "slide_done");
        Assert.Equal(known["slide_done"].Except(["code", "error", "notes"]), done.EnumerateObject().Select(key => key.Name).Except(Always));
        var started = events.Single(told => Of(told, "event") == "run_started");
        Assert.Equal(("4", "4", Environment.MachineName), (Of(started, "slides"), Of(started, "of_slides"), Of(started, "host")));
        var finished = events[^1];
        Assert.Equal(("run_finished", "3", "3", "1"),
            (Of(finished, "event"), Of(finished, "exit_code"), Of(finished, "done"), Of(finished, "failed")));
        Assert.Equal(known["run_finished"], finished.EnumerateObject().Select(key => key.Name).Except(Always));
        Assert.Equal(Of(started, "metadata"), Of(finished, "metadata"));
    }

    [Fact]
    public void What_was_done_or_failed_before_is_told_and_tried_again_on_demand()
    {
        Workshop.Run(Infer("--shard", "1/2")).Expect(ExitCode.SomeSlidesFailed);
        var again = EventsOf(Workshop.Run(Infer("--log-format=json")).Expect(ExitCode.SomeSlidesFailed));
        Assert.Equal(["slide_failed False", "slide_skipped "], again.Where(told => Of(told, "event") is "slide_failed" or "slide_skipped")
            .Select(told => $"{Of(told, "event")} {(told.TryGetProperty("tried", out var tried) ? tried : "")}").Order());
        Assert.Contains(again, told => Of(told, "event") == "message"
            && Of(told, "text") == "1 slide failed in another run with this model and these settings and was not tried again (--retry-failed does)");
        var retried = EventsOf(Workshop.Run(Infer("--log-format", "JSON", "--retry-failed")).Expect(ExitCode.SomeSlidesFailed));
        Assert.Equal("True", Of(retried.Single(told => Of(told, "event") == "slide_failed"), "tried"));
    }

    [Fact]
    public void A_run_that_cannot_begin_is_told_in_events_too()
    {
        var (code, _, error) = ApplicationTests.Run("infer", "-i", "a", "-o", _folder["out"], "-m", _folder["none"], "--log-format", "json");
        var events = EventsOf(new(code, "", error));
        Assert.Equal(["message", "run_finished"], events.Select(told => Of(told, "event")));
        Assert.Contains("none", Of(events[0], "text"));
        Assert.Equal($"{code}", Of(events[1], "exit_code"));
        Assert.NotEqual(ExitCode.Success, code);

        (code, _, error) = ApplicationTests.Run("--verbose", "infer", "--log-format", "json", "--shard", "7/3", "-i", "a", "-o", "b", "-m", "c");
        Assert.Equal($"{ExitCode.BadUsage}", Of(EventsOf(new(code, "", error))[^1], "exit_code"));
        Assert.Contains("--log-format xml: it is text or json", ApplicationTests.Run("infer", "--log-format", "xml", "-i", "a", "-o", "b", "-m", "c").Error);
    }

    [Fact]
    public void The_status_of_the_folder_is_told_in_words_and_with_the_keys_that_the_page_has()
    {
        Workshop.Run(Infer("--shard", "2/2")).Expect(ExitCode.Success);
        var text = Workshop.Run("status", _folder["out"]).Expect(ExitCode.Success);
        Assert.Equal("4 slides: 2 done, 0 failed, 0 running, 0 died, 2 left", text.Output.Trim());
        Workshop.Run(Infer("--shard", "1/2")).Expect(ExitCode.SomeSlidesFailed);
        File.Delete(_folder["out/.done/synth_001.json"]);
        File.WriteAllText(_folder["out/.done/synth_001.claim"], """{"host":"node7","process":4711,"since":"2026-01-01T00:00:00Z","slide":"x","share":0.5}""");
        var lines = Workshop.Run("status", _folder["out"]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal("4 slides: 2 done, 1 failed, 1 running, 0 died, 0 left", lines[0]);
        Assert.Matches("^running synth_001.tif: 50 %, 0.0 patches/s, node7, process 4711, for [0-9]+ h", lines[1]);
        Assert.StartsWith($"failed  broken.tif: bad_slide: {_folder["slides/broken.tif"]}: ", lines[2]);

        var status = JsonDocument.Parse(Workshop.Run("status", _folder["out"], "--json").Output).RootElement;
        var known = Table("How it stands");
        Assert.All(status.EnumerateObject(), key => Assert.Contains(key.Name, known.Keys));
        Assert.All(["slides", "runs"], (string list) => Assert.All(status.GetProperty(list).EnumerateArray(),
            one => Assert.All(one.EnumerateObject(), key => Assert.Contains(key.Name, known[list]))));
        Assert.Equal(["failed", "done", "running", "done"], status.GetProperty("slides").EnumerateArray().Select(slide => Of(slide, "state")));

        File.SetLastWriteTimeUtc(_folder["out/.done/synth_001.claim"], DateTime.UtcNow.AddMinutes(-10));
        Assert.Contains("died    synth_001.tif: its program is gone, another takes it over: node7", Workshop.Run("status", _folder["out"]).Output);
        Workshop.Run("status", _folder["none"]).Expect(ExitCode.BadUsage).ExpectOneClearLine("no such folder; give the folder that infer was given with -o");
    }

    [Fact]
    public void The_page_has_all_exit_codes_and_all_codes_of_failures()
    {
        Assert.Equal(Enum.GetValues<FailureCode>().Select(code => code.Name()), Table("Codes of failures").Keys);
        var codes = Page.Split("## Exit codes")[1].Split("\n## ")[0].Split('\n').Select(line => ExitCodeRow().Match(line)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value));
        Assert.Equal(typeof(ExitCode).GetFields().Select(field => (int)field.GetRawConstantValue()!).Order(), codes);
    }

    [GeneratedRegex("`([a-z0-9_]+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\| (\d+) \|")]
    private static partial Regex ExitCodeRow();
}
