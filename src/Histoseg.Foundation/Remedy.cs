namespace Histoseg.Foundation;

/// <summary>A remedy by its meaning. Programs name the option or verb that carries it out.</summary>
public enum Remedy
{
    /// <summary>The message says it all.</summary>
    None,
    /// <summary>Give the slide's µm per pixel.</summary>
    GiveScale,
    /// <summary>Compute on the processor.</summary>
    UseProcessor,
    /// <summary>Take another GPU.</summary>
    ChooseGpu,
    /// <summary>Look at what a network needs before it runs.</summary>
    LookAtPlan,
    /// <summary>Replace what is there.</summary>
    Overwrite,
    /// <summary>Write somewhere else.</summary>
    ChooseFolder,
    /// <summary>Go on from the last checkpoint.</summary>
    Resume,
    /// <summary>Do the same again: it goes on with what is left.</summary>
    SameAgain,
    /// <summary>Use a smaller batch for segmenting.</summary>
    SmallerBatch,
    /// <summary>Segment the slides again, with heat maps.</summary>
    MakeHeatMaps,
    /// <summary>Segment the slides first.</summary>
    SegmentFirst,
    /// <summary>Allow larger pictures.</summary>
    RaiseLimit,
    /// <summary>Accept a larger loss.</summary>
    AcceptLoss,
    /// <summary>Make room, or write less or somewhere else.</summary>
    MakeRoom,
}
