using System.CommandLine;
using System.Globalization;
using Histoseg.Cli.Terminal;
using Histoseg.Training.Config;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine demo</c>: the other verbs one after another, on slides it draws.</summary>
internal sealed class DemoVerb : Verb
{
    // The one that is not trained on, of those that synth draws.
    private const string TestSlide = "synth_005.tif";

    private readonly Option<string> _output = new("--out", "-o")
    { Description = "Folder for all of it; must not be there yet", DefaultValueFactory = _ => "demo" };

    private readonly Option<double?> _minutes = NumberOption.Create<double>("--minutes", "Most minutes of training; 8 if not given");

    /// <summary>The verb.</summary>
    public DemoVerb(Session session) : base(
        "demo",
        "Draws slides, trains a slim network on them for some minutes, segments one it has not seen and writes a report: all verbs, no data needed.",
        """
        engine demo
        engine demo -o demo --minutes 3
        """,
        session)
    {
        Add(_output);
        Add(_minutes);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var folder = given.GetValue(_output)!;
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new ConfigError($"{folder} is there already; choose another folder with -o, or delete it");
        string Of(string name) => Path.Combine(folder, name);
        WholeFile.WriteText(Of("demo.yaml"), ConfigTemplate.Demo);
        string[] limit = given.GetValue(_minutes) is { } minutes
            ? ["--set", $"training.max_minutes={minutes.ToString(CultureInfo.InvariantCulture)}"] : [];
        (Func<Session, Verb> Verb, string[] CommandLine)[] steps =
        [
            (session => new SynthVerb(session), ["synth", "-o", Of("slides")]),
            (session => new TrainVerb(session), ["train", "-c", Of("demo.yaml"), "-o", Of("run"), .. limit]),
            (session => new InferVerb(session),
                ["infer", "-i", Of(Path.Combine("slides", TestSlide)), "-m", Of(Path.Combine("run", "model")), "-o", Of("predictions"),
                    ShardOption.Name, "1/1"]),
            (session => new EvalVerb(session), ["eval", "-c", Of(Path.Combine("run", "config.yaml")), "-p", Of("predictions"), "--split", "test",
                "--run", Of("run"), "--report", Of("report.html")]),
        ];
        foreach (var (verb, commandLine) in steps)
        {
            Session.Out.WriteLine($"engine {string.Join(' ', commandLine)}");
            var code = verb(Session with { CommandLine = commandLine }).Parse(commandLine[1..]).Invoke(new()
            {
                Output = Session.Out,
                Error = Session.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
            if (code != ExitCode.Success)
                return code;
        }
        Session.Out.WriteLine($"The report: {Path.GetFullPath(Of("report.html"))}");
        return ExitCode.Success;
    }
}
