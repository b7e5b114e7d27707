using System.CommandLine;
using Histoseg.Cli.Terminal;
using Histoseg.Engine.Backends;
using Histoseg.Slides;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Proposals;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine init</c>: looks at slides and writes a config that trains on them.</summary>
internal sealed class InitVerb : Verb
{
    private readonly Option<string[]> _inputs = new("--input", "-i")
    { Description = "Slides, pictures, folders of them, patterns; or a manifest, a CSV file", AllowMultipleArgumentsPerToken = true };

    private readonly Option<string[]> _annotations = new("--annotations", "-a")
    { Description = "Annotations or masks, files or folders; what lies beside the slides if not given", AllowMultipleArgumentsPerToken = true };

    private readonly Option<string> _out = new("--out", "-o")
    { Description = "The config to write; a manifest comes beside it", DefaultValueFactory = _ => "train.yaml" };

    private readonly Option<double> _minutes = NumberOption.Create("--minutes", "Time for training", 60.0);
    private readonly Option<double?> _mpp = NumberOption.Create<double>("--mpp", "µm per pixel of slides that do not tell it");
    private readonly Option<string?> _patients = new("--patients")
    { Description = "CSV with the columns name and patient; a patients.csv beside or above the slides if not given" };

    private readonly Option<string?> _device = DeviceOption.Create("auto if not given");
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Ask nothing: take what is proposed" };
    private readonly Option<bool> _template = new("--template") { Description = "Print a config with every key, its default and meaning, and look at nothing" };

    /// <summary>The verb.</summary>
    public InitVerb(Session session) : base(
        "init",
        "Looks at slides and their annotations and writes a config that trains on them as it is, with the reason beside each choice.",
        """
        engine init -i slides -o train.yaml
        engine init -i images -a masks -o train.yaml --mpp 0.62 --minutes 30
        engine init -i manifest.csv -o train.yaml --yes
        engine init --template > train.yaml
        """,
        session)
    {
        foreach (var option in new Option[] { _inputs, _annotations, _out, _minutes, _mpp, _patients, _device, _yes, _template })
            Add(option);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        if (given.GetValue(_template))
        {
            Session.Out.Write(ConfigTemplate.EveryKey);
            return ExitCode.Success;
        }
        if (given.GetValue(_inputs) is not { Length: > 0 } inputs)
            throw new ConfigError("-i is missing: where are the slides?");
        var (path, minutes, mpp) = (given.GetValue(_out)!, given.GetValue(_minutes), given.GetValue(_mpp));
        if (!(minutes is > 0 and <= 1e6))
            throw new ConfigError(Figures.Text($"--minutes {minutes}: it is above 0"));
        if (mpp is not (null or > 0 and <= 1000))
            throw new ConfigError(Figures.Text($"--mpp {mpp}: it is µm per pixel, above 0"));
        var manifest = Path.ChangeExtension(path, ".csv");
        if (manifest.Equals(path, StringComparison.OrdinalIgnoreCase))
            throw new ConfigError($"-o {path}: the manifest gets this name; name the config, as in {Path.ChangeExtension(path, ".yaml")}");
        foreach (var file in new[] { path, manifest })
            if (Path.Exists(file))
                throw new ConfigError($"{file} is there already; choose another name with -o, or move it away");

        var found = FoundDataset.Find(inputs, given.GetValue(_annotations) ?? [], given.GetValue(_patients));
        Told(found.Notes);
        var rows = found.Rows;
        var survey = Look(rows, mpp);
        Show(survey);
        using var backend = Session.Devices.Open(given.GetValue(_device) ?? "auto", Precision.Bf16, 0, note => Told([note]));
        var proposal = ConfigProposal.Of(found, survey, minutes, path, backend, Asker(given.GetValue(_yes)));
        WholeFile.WriteText(manifest, proposal.Manifest);
        WholeFile.WriteText(path, proposal.Yaml);
        _ = ConfigFile.Load<TrainConfig>(path);
        Session.Out.WriteLine();
        foreach (var line in proposal.Summary)
            Session.Out.WriteLine(Visible.Line(line));
        Session.Out.WriteLine();
        Session.Out.WriteLine($"{path} and {manifest} are written. Next:");
        Session.Out.WriteLine($"  engine check -c {ShellText.Quoted(path)} -o overlays    look at the pictures: is the right thing painted?");
        Session.Out.WriteLine($"  engine train -c {ShellText.Quoted(path)} -o run");
        Session.Out.WriteLine($"  engine infer -m run/model -i NEW_SLIDES -o out{(mpp is { } told ? Figures.Text($" --mpp-override {told}") : "")}");
        return ExitCode.Success;
    }

    private DatasetSurvey Look(IReadOnlyList<ManifestRow> rows, double? mpp) => ProgressDisplay.Run(Session, "looking", progress =>
        DatasetSurvey.Of(rows, mpp, new Told<int>(done => progress.Show((double)done / rows.Count, $"{done} of {Figures.Count(rows.Count, "slide")}")),
            Session.Cancel));

    private void Show(DatasetSurvey survey)
    {
        var known = survey.Slides.Where(slide => slide.Scale is not null).ToList();
        Session.Out.WriteLine(Figures.Text($"{Figures.Count(survey.Slides.Count, "slide")}, {Range(survey.Slides.Select(slide => slide.Width))} × ")
            + Figures.Text($"{Range(survey.Slides.Select(slide => slide.Height))} pixels, ")
            + (known.Count == 0 ? "of unknown scale" : $"{Range(known.Select(slide => slide.Scale!.Value.MicronsPerPixel))} µm per pixel ("
                + $"{string.Join(", ", known.Select(slide => slide.Scale!.Value.Source.InWords()).Distinct())})"
                + (known.Count < survey.Slides.Count ? $", {survey.Slides.Count - known.Count} of unknown scale" : "")));
        Session.Out.WriteLine();
        Session.Out.WriteLine($"{"group or value",-24}{"slides",8}{"regions",10}{"area",16}{"typical size",16}  drawn by");
        foreach (var group in survey.Groups)
            Session.Out.WriteLine(Visible.Line($"{group.Name,-24}{group.Slides,8}{group.Regions,10}{group.AreaInWords,16}{group.InWords(group.Diameter),16}  "
                + string.Join(", ", group.Programs)));
        Told(survey.Failures);
        Told([.. survey.Slides.SelectMany(slide => slide.Warnings)]);
    }

    private static string Range(IEnumerable<int> values) => Range(values.Select(value => (double)value));

    private static string Range(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[0] == sorted[^1] ? Figures.Text($"{sorted[0]:0.####}") : Figures.Text($"{sorted[0]:0.####} to {sorted[^1]:0.####}");
    }

    private void Told(IReadOnlyList<string> lines)
    {
        foreach (var line in lines)
            Session.Error.WriteLine(Visible.Line($"engine: {line}"));
    }

    // Without a terminal, nobody could answer.
    private Func<Question, string> Asker(bool yes) => question =>
    {
        if (yes || !Session.Interactive || Console.IsInputRedirected)
        {
            Told([$"{question.Text} Taken for '{question.Proposal}'"]);
            return question.Proposal;
        }
        while (true)
        {
            Session.Error.Write(Visible.Line($"{question.Text} {string.Join(" / ", question.Answers)} [{question.Proposal}] "));
            var answer = Console.ReadLine()?.Trim();
            if (string.IsNullOrEmpty(answer))
                return question.Proposal;
            if (question.Answers.FirstOrDefault(one => one.StartsWith(answer, StringComparison.OrdinalIgnoreCase)) is { } chosen)
                return chosen;
        }
    };
}
