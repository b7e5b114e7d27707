using System.Reflection;
using Histoseg.Engine.Devices;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Terminal;

/// <summary>What one run of a verb works with.</summary>
/// <param name="Out">For data.</param>
/// <param name="Error">For logs and progress.</param>
/// <param name="Cancel">Cancelled when the user wants it to stop.</param>
/// <param name="Devices">Opens devices.</param>
internal sealed record Session(TextWriter Out, TextWriter Error, CancellationToken Cancel, DeviceOpener Devices)
{
    /// <summary>Where the verb writes; details of an unexpected error go there. Null: the temporary folder.</summary>
    public string? OutputFolder { get; set; }

    /// <summary>The verb and its arguments, as they would be typed.</summary>
    public IReadOnlyList<string> CommandLine { get; init; } = [];

    /// <summary>Takes what is said as events for programs; null: it is said in lines for people.</summary>
    public JsonLog? Log { get; init; }

    /// <summary>What came of <c>engine infer</c>, for the log's last event; null: nothing has.</summary>
    public BatchInferenceResult? Result { get; set; }

    /// <summary>How this program is started once more; null where it is part of another.</summary>
    public IReadOnlyList<string>? Program =>
        Assembly.GetEntryAssembly() != typeof(Session).Assembly || Environment.ProcessPath is not { } path ? null
        : Path.GetFileNameWithoutExtension(path) == "dotnet" ? [path, Environment.GetCommandLineArgs()[0]]
        : [path];

    /// <summary>Whether the user sits at a terminal that progress can be drawn on.</summary>
    public bool Interactive => Terminal is not null && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>What progress is drawn on, which takes control characters; null where messages do not go to the console.</summary>
    public TextWriter? Terminal => Error is VisibleWriter { Inner: LastingWriter { Inner: var inner } } && ReferenceEquals(inner, Console.Error) ? inner : null;
}
