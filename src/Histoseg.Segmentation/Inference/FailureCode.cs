using System.Text.Json;

namespace Histoseg.Segmentation.Inference;

/// <summary>What kind of error a slide has, for programs; written as <c>no_scale</c>.</summary>
public enum FailureCode
{
    /// <summary>The input leads to no slide.</summary>
    NoInput,
    /// <summary>The slide's file is not there, or may not be read.</summary>
    NotReadable,
    /// <summary>The file is no slide, damaged, or of a kind that cannot be read here.</summary>
    BadSlide,
    /// <summary>Nothing tells the slide's scale.</summary>
    NoScale,
    /// <summary>The picture is larger than what is decoded in one piece.</summary>
    TooLarge,
    /// <summary>The output folder has results of another slide of this name.</summary>
    NameTaken,
    /// <summary>Memory did not suffice.</summary>
    OutOfMemory,
    /// <summary>The process that segments crashed, or was killed, at work on it.</summary>
    Crashed,
    /// <summary>Nothing came of it in time.</summary>
    TimedOut,
    /// <summary>It was segmented, but parts of it cannot be read.</summary>
    PartlyUnreadable,
    /// <summary>The cause is not known.</summary>
    Unexpected,
}

/// <summary>The codes as they are written.</summary>
internal static class FailureCodes
{
    public static string Name(this FailureCode code) => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString());

    /// <summary>The code of what was thrown while a slide was segmented.</summary>
    public static FailureCode Of(Exception error) => error switch
    {
        UserError { Remedy: Remedy.GiveScale } => FailureCode.NoScale,
        UserError { Remedy: Remedy.RaiseLimit } => FailureCode.TooLarge,
        UserError { Remedy: Remedy.Overwrite } => FailureCode.NameTaken,
        UserError { InnerException: { } cause } when FileTrouble.Is(cause) => FailureCode.NotReadable,
        UserError => FailureCode.BadSlide,
        OutOfMemoryException => FailureCode.OutOfMemory,
        _ when FileTrouble.Is(error) => FailureCode.NotReadable,
        _ => FailureCode.Unexpected,
    };
}
