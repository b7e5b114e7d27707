namespace Histoseg.Slides.Checks;

/// <summary>How grave a finding is.</summary>
internal enum FindingLevel
{
    /// <summary>What was found, all well.</summary>
    Ok,
    /// <summary>Training can go on; somebody should look.</summary>
    Warning,
    /// <summary>The slide, or the dataset, cannot be trained on as it is.</summary>
    Error,
}

/// <summary>One thing that a check found.</summary>
/// <param name="Slide">The slide's path; for findings about the dataset as a whole, the manifest's.</param>
/// <param name="Level">How grave it is.</param>
/// <param name="Message">One line.</param>
/// <param name="Remedy">What would mend it, where a program may have an option for it.</param>
internal sealed record Finding(string Slide, FindingLevel Level, string Message, Remedy Remedy = Remedy.None)
{
    /// <summary>Lines to show with the message; see <see cref="UserError.Details"/>.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>An error that was thrown.</summary>
    public static Finding Of(string slide, UserError error) => new(slide, FindingLevel.Error, error.Message, error.Remedy) { Details = error.Details };

    /// <summary>Throws where there is an error among findings: the first, with the others as its details.</summary>
    /// <exception cref="SlideError">There is one.</exception>
    public static void RequireNoError(IEnumerable<Finding> findings)
    {
        var errors = findings.Where(finding => finding.Level == FindingLevel.Error).ToList();
        if (errors.Count > 0)
            throw SlideError.OfAll([.. errors.Select(error => new SlideError(error.Message) { Remedy = error.Remedy, Details = error.Details })]);
    }
}
