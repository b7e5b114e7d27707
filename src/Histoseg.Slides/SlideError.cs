namespace Histoseg.Slides;

/// <summary>Something is wrong with a slide, an annotation or a dataset that its owner can mend.</summary>
public class SlideError : UserError
{
    /// <summary>An error with its one-line message.</summary>
    public SlideError(string message) : base(message) { }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public SlideError(string message, Exception inner) : base(message, inner) { }

    private const int MostTold = 20;

    /// <summary>Several errors as one: the first, with the others as its details.</summary>
    /// <param name="errors">At least one.</param>
    internal static SlideError OfAll(IReadOnlyList<SlideError> errors)
    {
        var others = errors.Skip(1).Take(MostTold - 1).Select(error => error.Message).ToList();
        if (errors.Count > MostTold)
            others.Add($"and {errors.Count - MostTold} more");
        return new(errors[0].Message + (errors.Count == 1 ? "" : $" (and {errors.Count - 1} more that must be mended)"))
        {
            Remedy = errors[0].Remedy,
            Details = [.. others, .. errors.SelectMany(error => error.Details)],
        };
    }
}
