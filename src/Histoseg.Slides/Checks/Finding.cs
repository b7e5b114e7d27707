namespace Histoseg.Slides.Checks;

/// <summary>How grave a finding is.</summary>
internal enum FindingLevel
{
    /// <summary>What was found, all well.</summary>
    Ok,
    /// <summary>Training can go on; somebody should look.</summary>
    Warning,
    /// <summary>The slide cannot be used as it is.</summary>
    Error,
}

/// <summary>One thing that a check found.</summary>
/// <param name="Slide">The slide's path; for findings about the dataset as a whole, the manifest's.</param>
/// <param name="Level">How grave it is.</param>
/// <param name="Message">One line.</param>
/// <param name="Remedy">What would mend it, where a program may have an option for it.</param>
internal sealed record Finding(string Slide, FindingLevel Level, string Message, Remedy Remedy = Remedy.None);
