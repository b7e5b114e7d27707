using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;
using Histoseg.Cli.Terminal;
using Histoseg.Cli.Verbs;
using Histoseg.Engine.Devices;

namespace Histoseg.Cli;

/// <summary>The <c>engine</c> program: its verbs, and what comes of errors.</summary>
internal static class Application
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The verb and its options.</param>
    /// <param name="output">For data.</param>
    /// <param name="error">For logs and progress.</param>
    /// <param name="cancel">Cancelled when the user wants it to stop.</param>
    /// <param name="devices">Opens devices; null: those of this machine.</param>
    /// <param name="endsWith">What the process ends with instead of an exit code; null: that.</param>
    /// <returns>The exit code, see <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error, CancellationToken cancel, DeviceOpener? devices = null,
        Func<int, int>? endsWith = null)
    {
        var log = LogFor(args, error);
        (output, error) = (new VisibleWriter(output), new VisibleWriter(log ?? (TextWriter)new LastingWriter(error)));
        var session = new Session(output, error, cancel, devices ?? DeviceOpener.OfThisMachine) { CommandLine = args, Log = log };
        var code = Run(session, args);
        code = endsWith?.Invoke(code) ?? code;
        if (log is not null)
            InferenceEvents.Finish(log, code, session.Result);
        return code;
    }

    /// <summary>What takes messages as events, where a command line asks for that; null: it does not.</summary>
    public static JsonLog? LogFor(string[] args, TextWriter error) => error as JsonLog
        ?? (args.FirstOrDefault(arg => !arg.StartsWith('-')) == InferVerb.Word && JsonLog.IsAskedFor(args) && !args.Contains(InferVerb.AsWorker)
            ? new(new LastingWriter(error)) : null);

    private static int Run(Session session, string[] args)
    {
        var (output, error) = (session.Out, session.Error);
        var verbose = new Option<bool>("--verbose") { Description = "Show the details of errors", Recursive = true };
        var root = new RootCommand("Trains and runs semantic segmentation of whole-slide histopathology images.") { verbose };
        foreach (var verb in AllVerbs(session))
            root.Add(verb);
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples((HelpAction)help.Action!);

        // No response files: '@' may begin a file name.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (args.Length == 0)
        {
            root.Parse("-h").Invoke(new InvocationConfiguration { Output = error });
            return ExitCode.BadUsage;
        }
        if (args.IndexOf("") is >= 0 and var empty)
        {
            error.WriteLine($"engine: the argument after '{(empty > 0 ? args[empty - 1] : "engine")}' is empty; is a variable of the shell not set?");
            return ExitCode.BadUsage;
        }
        if (args.FirstOrDefault(arg => IsEmptyOption(arg, parsed.CommandResult.Command, root)) is { } valueless)
        {
            error.WriteLine($"engine: {valueless} has no value; is a variable of the shell not set?");
            return ExitCode.BadUsage;
        }
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
        {
            error.WriteLine($"engine: {UsageError(parsed, root)}");
            return ExitCode.BadUsage;
        }
        try
        {
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null
            });
        }
        catch (Exception failure)
        {
            return Explain(failure, session, parsed.GetValue(verbose));
        }
    }

    /// <summary>The verbs there are, in the order of the help; a new one is a line here.</summary>
    internal static IEnumerable<Verb> AllVerbs(Session session) =>
    [
        new DemoVerb(session),
        new InitVerb(session),
        new TrainVerb(session),
        new ReproduceVerb(session),
        new InferVerb(session),
        new StatusVerb(session),
        new ReviewVerb(session),
        new EvalVerb(session),
        new ViewVerb(session),
        new CheckVerb(session),
        new PlanVerb(session),
        new ProfileVerb(session),
        new BenchVerb(session),
        new SynthVerb(session),
        new GradCheckVerb(session),
        new QuantizeVerb(session),
        new ExportVerb(session),
        new DoctorVerb(session),
    ];

    // "--mpp=": the library takes the next word for the value, or none where the option has a default.
    private static bool IsEmptyOption(string arg, Command command, RootCommand root) =>
        arg.IndexOfAny(['=', ':']) is > 0 and var at && at == arg.Length - 1
        && command.Options.Concat(root.Options).Any(option => option.Name == arg[..at] || option.Aliases.Contains(arg[..at]));

    private static string UsageError(ParseResult parsed, RootCommand root) =>
        parsed.CommandResult.Command is Verb verb ? $"{First(parsed.Errors).Message.TrimEnd('.')}. See: engine {verb.Name} -h"
        : parsed.UnmatchedTokens is [var given, ..]
            ? $"'{given}' is no verb; did you mean '{NearestName.Closest(given, root.Subcommands.Select(known => known.Name))}'? See: engine -h"
        : "which verb? See: engine -h";

    // A value that is missing makes words of those that follow it; the option is what to look at.
    private static ParseError First(IReadOnlyList<ParseError> errors) =>
        errors.FirstOrDefault(error => error.SymbolResult is ArgumentResult or OptionResult) ?? errors[0];

    private static int Explain(Exception failure, Session session, bool verbose)
    {
        var (code, message) = failure switch
        {
            ConfigError error => (ExitCode.BadUsage, Remedies.InWords(error)),
            UserError error => (ExitCode.Failed, Remedies.InWords(error)),
            _ when FileTrouble.Is(failure) && WorkingFolderIsGone() => (ExitCode.Failed, "the folder it was started in is gone; change to another one"),
            _ when FileTrouble.Is(failure) => (ExitCode.Failed,
                $"{(FileTrouble.PathOf(failure) is { } path ? $"{path}: " : "")}cannot be read or written: {FileTrouble.InWords(failure)}"),
            OperationCanceledException => (ExitCode.Stopped, "stopped"),
            _ when failure.GetBaseException() is OutOfMemoryException => (ExitCode.Failed,
                "not enough memory; try a smaller batch or patch size (engine plan tells the need beforehand)"),
            _ => (ExitCode.Failed, $"unexpected error: {failure.Message} ({(verbose ? "details below" : WriteLog(failure, session.OutputFolder))})"),
        };
        // The last line is the one that is looked at.
        foreach (var detail in (failure as UserError)?.Details ?? [])
            session.Error.WriteLine(Visible.Line(detail.ReplaceLineEndings(" ")));
        // Of a config all that is wrong is told, a line each.
        foreach (var line in failure is ConfigError ? message.Split('\n') : [message.ReplaceLineEndings(" ")])
            session.Error.WriteLine(Visible.Line($"engine: {line}"));
        if (code == ExitCode.Failed && ProcessLimits.WhatMayBeTight() is { } limit)
            session.Error.WriteLine($"engine: {limit}");
        if (verbose)
            session.Error.WriteLine(failure);
        return code;
    }

    private static bool WorkingFolderIsGone()
    {
        try
        {
            return Environment.CurrentDirectory.Length == 0;
        }
        catch (Exception error) when (FileTrouble.Is(error))
        {
            return true;
        }
    }

    private static string WriteLog(Exception failure, string? folder)
    {
        var name = $"engine-error-{DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.log";
        foreach (var place in new[] { folder, Path.GetTempPath() })
        {
            try
            {
                if (place is null || !Directory.Exists(place))
                    continue;
                var path = Path.Combine(place, name);
                File.WriteAllText(path, $"{failure}\n");
                return $"details in {path}";
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The next place may take it.
            }
        }
        return "details with --verbose";
    }
}
