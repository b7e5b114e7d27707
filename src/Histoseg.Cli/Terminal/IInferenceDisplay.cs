using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Terminal;

/// <summary>Tells a user or a program how a run of <c>engine infer</c> goes.</summary>
/// <remarks>May be called from any thread, one call at a time but for <see cref="Note"/>.</remarks>
internal interface IInferenceDisplay
{
    /// <summary>The run has begun.</summary>
    void Begin(RunStart start);

    /// <summary>How far it is, and how slides end.</summary>
    void Report(InferenceProgress state);

    /// <summary>Something worth a line.</summary>
    void Note(string line);
}
