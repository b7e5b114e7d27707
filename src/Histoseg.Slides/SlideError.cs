namespace Histoseg.Slides;

/// <summary>Something is wrong with a slide, an annotation or a dataset that its owner can mend.</summary>
public class SlideError : UserError
{
    /// <summary>An error with its one-line message.</summary>
    public SlideError(string message) : base(message) { }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public SlideError(string message, Exception inner) : base(message, inner) { }
}
