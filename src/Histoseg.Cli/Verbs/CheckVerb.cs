using System.CommandLine;
using Histoseg.Cli.Terminal;
using Histoseg.Slides.Checks;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine check</c>: looks over a dataset before training.</summary>
internal sealed class CheckVerb : Verb
{
    private readonly ConfigOptions _config = new();
    private readonly Option<string?> _output = new("--out", "-o") { Description = "Folder for overlay pictures; none are drawn if not given" };

    private readonly OriginOption _origin = new("Where annotations and masks are counted from");

    /// <summary>The verb.</summary>
    public CheckVerb(Session session) : base(
        "check",
        "Looks over a dataset before training: slides open, scale known, annotations fit, classes occur; draws overlays.",
        """
        engine check -c train.yaml
        engine check -c train.yaml -o overlays
        """,
        session)
    {
        _config.AddTo(this);
        Add(_output);
        Add(_origin.Option);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var config = _origin.Of(given, _config.Load(given));
        // Every missing file is to be told, not the first alone.
        var manifest = config.LoadUnsplit(requireFiles: false);
        var settings = config.ToCheckSettings(given.GetValue(_output));
        var findings = ProgressDisplay.Run(Session, "checking", progress => DatasetCheck.Run(manifest, settings, new Told<int>(done =>
        {
            progress.Show((double)done / manifest.Rows.Count, $"{done} of {Figures.Count(manifest.Rows.Count, "slide")}");
            Session.Cancel.ThrowIfCancellationRequested();
        })));
        findings = [.. findings, .. OfPretrained(config)];
        foreach (var finding in findings)
        {
            var message = Remedies.InWords(finding.Message, finding.Remedy);
            var isNamed = message.StartsWith($"{finding.Slide}: ", StringComparison.Ordinal);
            Session.Out.WriteLine(Visible.Line($"{finding.Level.ToString().ToLowerInvariant(),-8}{(isNamed ? "" : $"{finding.Slide}: ")}{message}"));
            foreach (var line in finding.Details)
                Session.Out.WriteLine(Visible.Line($"        {line}"));
        }
        return findings.Any(finding => finding.Level == FindingLevel.Error) ? ExitCode.Failed : ExitCode.Success;
    }

    private static IEnumerable<Finding> OfPretrained(TrainConfig config)
    {
        try
        {
            Pretrained.RequireFits(config);
            return [];
        }
        catch (UserError error)
        {
            return [Finding.Of(config.Network.Pretrained!, error)];
        }
    }
}
