namespace Histoseg.Slides;

/// <summary>Something is wrong with a slide, an annotation or a dataset that its owner can mend.</summary>
/// <remarks>The message is one line: what is wrong, in which file, and what to do about it. Programs print it as it is, without a stack trace.</remarks>
public class SlideError : Exception
{
    /// <summary>An error with its one-line message.</summary>
    public SlideError(string message) : base(message) { }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public SlideError(string message, Exception inner) : base(message, inner) { }

    /// <summary>Whether a file could not be written: the disk's or the folder's fault, so whatever is written next meets it too.</summary>
    public bool CannotWrite { get; init; }
}
