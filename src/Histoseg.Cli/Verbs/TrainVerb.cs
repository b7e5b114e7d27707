using System.CommandLine;
using System.Globalization;
using Histoseg.Cli.Terminal;
using Histoseg.Engine.Ranks;
using Histoseg.Training;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine train</c>: trains a network.</summary>
internal sealed class TrainVerb : Verb
{
    private readonly ConfigOptions _config = new();
    private readonly Option<string> _run = new("--out", "-o") { Description = "The run folder", DefaultValueFactory = _ => "run" };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on from the run folder's checkpoint; without one start anew" };

    private readonly Option<string?> _device = DeviceOption.Create("the config's training.device if not given");

    /// <summary>The verb.</summary>
    public TrainVerb(Session session) : base(
        "train",
        "Trains a network; writes the model, checkpoints, metrics and a report into the run folder.",
        """
        engine train -c train.yaml -o runs/first
        engine train -c train.yaml -o runs/slim --set network.width=8 --set training.max_minutes=30
        engine train -c runs/first/config.yaml -o runs/first --resume
        engine train -c train.yaml -o runs/gpu --device cuda:1
        """,
        session)
    {
        _config.AddTo(this);
        Add(_run);
        Add(_resume);
        Add(_device);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var config = _config.Load(given);
        if (given.GetValue(_device) is { } device)
            config = config with { Training = config.Training with { Device = DeviceOption.Checked(device) } };
        var run = given.GetValue(_run)!;
        var resume = given.GetValue(_resume);
        try
        {
            using var ranks = RankOpener.OfThisProcess(TimeSpan.FromSeconds(config.Training.RankTimeout));
            if (ranks is { IsLeader: false })
                return Follow(config, ranks);
            Session.OutputFolder = run;
            var result = ProgressDisplay.Run(Session, "training", progress =>
                TrainingRun.Start(config, run, resume, new Told<TrainingProgress>(state => Show(progress, state)), Session.Devices, Cards.Usage, ranks,
                    Session.Cancel));
            Session.Out.WriteLine(result.ModelFolder);
            Session.Out.WriteLine(result.ReportPath);
            return ExitCode.Success;
        }
        catch (OperationCanceledException)
        {
            Session.Error.WriteLine($"engine: stopped; go on with: engine train -c {ShellText.Quoted(Path.Combine(run, "config.yaml"))} "
                + $"-o {ShellText.Quoted(run)} --resume");
            return ExitCode.Stopped;
        }
    }

    // Rank 0 shows how far it is, and tells how to go on.
    private int Follow(TrainConfig config, RankGroup ranks)
    {
        try
        {
            return TrainingRun.Follow(config, ranks, Session.Devices, Session.Cancel) ? ExitCode.Success : ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Stopped;
        }
    }

    private static void Show(IProgressDisplay progress, TrainingProgress state)
    {
        if (state.Note is { } note)
        {
            progress.Note(note);
            return;
        }
        var dice = state.Dice is { } last ? string.Create(CultureInfo.InvariantCulture, $", Dice {last:0.000}") : "";
        progress.Show(state.Share,
            string.Create(CultureInfo.InvariantCulture,
            $"{state.Iteration}/{state.Iterations}, loss {state.Loss:0.000}{dice}, {state.PatchesPerSecond:0.0} patches/s"));
    }
}
