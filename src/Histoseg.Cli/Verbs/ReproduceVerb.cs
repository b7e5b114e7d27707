using System.CommandLine;
using Histoseg.Cli.Terminal;
using Histoseg.Training.Studies;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine reproduce</c>: makes a table or figure of the paper.</summary>
internal sealed class ReproduceVerb : Verb
{
    private static readonly string[] Targets = [.. Enum.GetNames<StudyTarget>().Select(name => name.ToLowerInvariant())];

    private readonly Argument<string> _target = new("what") { Description = $"What to make: {string.Join(", ", Targets)}" };
    private readonly ConfigOptions _config = new("configs/demo-study.yaml");
    private readonly Option<string> _output =
        new("--out", "-o") { Description = "The study's folder; tables of one study share it, and the runs in it", DefaultValueFactory = _ => "study" };
    private readonly Option<string?> _device = DeviceOption.Create("the config's protocol.training.device if not given");

    /// <summary>The verb.</summary>
    public ReproduceVerb(Session session) : base(
        "reproduce",
        "Trains the networks of a table or figure of the paper by one protocol, scores them on whole held-out slides and writes it; "
            + "what is done already is not done again.",
        """
        engine synth -o out/study-slides --train 4 --val 0 --test 2 --width 2048 --height 2048
        engine reproduce table1 -c configs/demo-study.yaml -o out/study
        engine reproduce table2 -c camelyon16/camelyon16.yaml -o study-camelyon16 --device cuda
        engine reproduce table4 -c glas/glas.yaml -o study-glas --set only_folds=[1]
        """,
        session)
    {
        Add(_target);
        _config.AddTo(this);
        Add(_output);
        Add(_device);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var named = given.GetValue(_target)!;
        var target = ChoiceOption.Find<StudyTarget>(named) ?? throw new ConfigError($"'{named}' cannot be made; there is {string.Join(", ", Targets)}");
        var study = _config.LoadStudy(given);
        if (given.GetValue(_device) is { } device)
            study = study with { Protocol = study.Protocol with { Training = study.Protocol.Training with { Device = DeviceOption.Checked(device) } } };
        var output = given.GetValue(_output)!;
        Session.OutputFolder = output;
        try
        {
            var result = ProgressDisplay.Run(Session, named, progress =>
                new StudyRunner(study, output, new Told<StudyProgress>(state => Show(progress, state)), Session.Devices, Cards.Usage)
                    .Run(target, Session.Cancel));
            foreach (var file in result.Files)
                Session.Out.WriteLine(file);
            foreach (var failure in result.Failures)
                Session.Error.WriteLine(Visible.Line($"engine: {failure}"));
            return ExitCode.Of(result.Outcome);
        }
        catch (OperationCanceledException)
        {
            Session.Error.WriteLine("engine: stopped; the same command goes on where it was");
            return ExitCode.Stopped;
        }
    }

    private static void Show(IProgressDisplay progress, StudyProgress state)
    {
        if (state.Note is { } note)
            progress.Note(note);
        else
            progress.Show(state.Share, state.Status);
    }
}
