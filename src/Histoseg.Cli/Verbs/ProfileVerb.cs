using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Histoseg.Cli.Terminal;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Profiling;
using Histoseg.Training.Planning;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine profile</c>: where the time of a network goes.</summary>
internal sealed class ProfileVerb : Verb
{
    private readonly TimingOptions _timing = new();
    private readonly Option<bool> _inference = new("--inference") { Description = "The inference pass instead of the training step" };
    private readonly Option<int> _top = NumberOption.Create("--top", "Operations to list, slowest first; 0 lists all in the order they run", 25);
    private readonly Option<string?> _trace = new("--trace") { Description = "Also write a trace that Chrome (chrome://tracing) and Perfetto open" };

    /// <summary>The verb.</summary>
    public ProfileVerb(Session session) : base(
        "profile",
        "Times every operation of a config's network, on a processor beside what it needs at least.",
        """
        engine profile -c train.yaml
        engine profile -c train.yaml --inference --top 0
        engine profile -c train.yaml --set network.name=unet --trace profile.json
        """,
        session)
    {
        _timing.AddTo(this);
        foreach (var option in new Option[] { _inference, _top, _trace })
            Add(option);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var (config, runs) = _timing.Load(given);
        using var backend = TimingOptions.Open(Session, config.Training);
        var times = given.GetValue(_inference)
            ? StepProfile.OfInference(config, backend, runs, Session.Cancel)
            : StepProfile.OfTraining(config, backend, runs, Session.Cancel);
        var peaks = (backend as ProcessorBackend)?.MeasurePeaks();
        Write(times.Nodes, peaks, given.GetValue(_top));
        Session.Out.WriteLine($"one run of all takes {Number(times.Seconds * 1e3, "0.00")} ms");
        Session.Out.WriteLine(peaks is null ? $"{backend.Description}, {backend.Precision}: times by the GPU's own events"
            : $"{backend.Description}: {Number(peaks.FlopsPerSecond / 1e9)} GFLOP/s of multiply-adds, {Number(peaks.BytesPerSecond / 1e9)} GB/s copied, "
                + "both measured; 'floor' is the time these two allow");
        if (given.GetValue(_trace) is { } path)
            WholeFile.Write(path, file => WriteTrace(file, times.Nodes));
        return ExitCode.Success;
    }

    private void Write(IReadOnlyList<NodeTime> times, MachinePeaks? peaks, int top)
    {
        var total = times.Sum(time => time.Seconds);
        Session.Out.WriteLine($"{"operation",-28}  {"layer",-36}  {"output",-22}  {"ms",9}  {"share",6}  {"GFLOP/s",8}  {"GB/s",6}  {"floor ms",9}");
        foreach (var time in top == 0 ? times : times.OrderByDescending(time => time.Seconds).Take(top))
        {
            var output = time.Node.Outputs.Count > 0 ? time.Node.Outputs[0].Shape.ToString() : "";
            Session.Out.WriteLine(Line(time.Node.Op.Name, time.Node.Scope, output, [time], total, peaks));
        }
        Session.Out.WriteLine();
        foreach (var kind in times.GroupBy(time => time.Node.Op.Name).OrderByDescending(kind => kind.Sum(time => time.Seconds)))
            Session.Out.WriteLine(Line(kind.Key, $"all {kind.Count()}", "", [.. kind], total, peaks));
        Session.Out.WriteLine(Line("in all", $"{times.Count}", "", times, total, peaks));
    }

    private static string Line(string operation, string layer, string output, IReadOnlyList<NodeTime> times, double total, MachinePeaks? peaks)
    {
        var seconds = times.Sum(time => time.Seconds);
        return $"{operation,-28}  {layer,-36}  {output,-22}  {Number(seconds * 1e3, "0.00"),9}  {Number(100 * seconds / total),5}%  "
            + $"{Number(times.Sum(time => time.Work.Flops) / seconds / 1e9),8}  {Number(times.Sum(time => time.Bytes) / seconds / 1e9),6}  "
            + $"{(peaks is null ? "" : Number(1e3 * times.Sum(time => peaks.Floor(time.Work)), "0.00")),9}";
    }

    /// <summary>The nodes one after another, as events of the Trace Event Format.</summary>
    private static void WriteTrace(Stream file, IReadOnlyList<NodeTime> times)
    {
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteStartArray("traceEvents");
        var at = 0.0;
        foreach (var time in times)
        {
            json.WriteStartObject();
            json.WriteString("name", time.Node.Scope.Length > 0 ? time.Node.Scope : time.Node.Op.Name);
            json.WriteString("cat", time.Node.Op.Name);
            json.WriteString("ph", "X");
            json.WriteNumber("ts", at);
            json.WriteNumber("dur", time.Seconds * 1e6);
            json.WriteNumber("pid", 1);
            json.WriteNumber("tid", 1);
            json.WriteStartObject("args");
            json.WriteString("operation", time.Node.ToString());
            json.WriteNumber("gflop", time.Work.Flops / 1e9);
            json.WriteNumber("mebibytes", time.Bytes / 1048576.0);
            json.WriteEndObject();
            json.WriteEndObject();
            at += time.Seconds * 1e6;
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Number(double value, string format = "0.0") => value.ToString(format, CultureInfo.InvariantCulture);
}
