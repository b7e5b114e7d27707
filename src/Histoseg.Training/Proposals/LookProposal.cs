namespace Histoseg.Training.Proposals;

/// <summary>The scale and size of the patches that a network learns from.</summary>
/// <param name="Mpp">µm per pixel; null: the pictures' own pixels.</param>
/// <param name="MppReason">Why.</param>
/// <param name="PatchSize">Side of a patch in pixels at that scale.</param>
/// <param name="PatchReason">Why.</param>
/// <param name="Stride">Distance of the sampling grid in pixels.</param>
/// <param name="StrideReason">Why.</param>
internal sealed record LookProposal(double? Mpp, string MppReason, int PatchSize, string PatchReason, int Stride, string StrideReason)
{
    /// <summary>How many pixels a typical region shall span.</summary>
    public const int RegionPixels = 96;

    /// <summary>The coarsest scale, µm per pixel: a nucleus of 8 µm is 4 pixels wide.</summary>
    public const double CoarsestMpp = 2;

    /// <summary>Regions that a patch shall have room for beside one another.</summary>
    public const double RegionsAcross = 1.5;

    /// <summary>Patches are multiples of it: the largest output stride of the networks.</summary>
    public const int Step = 32;

    /// <summary>The smallest patch, pixels, where pictures are not smaller.</summary>
    public const int SmallestPatch = 128;

    /// <summary>Proposes them.</summary>
    /// <param name="survey">The slides.</param>
    /// <param name="classes">The groups or values that are classes.</param>
    /// <param name="largestPatch">For the device, in pixels.</param>
    public static LookProposal Of(DatasetSurvey survey, IReadOnlyList<GroupSummary> classes, int largestPatch)
    {
        var finest = classes.MinBy(group => group.Diameter)!;
        var (mpp, reason) = ScaleOf(survey, finest);
        // Pixels of the network per unit of length.
        var scale = mpp is { } given ? 1 / given : 1;
        var across = finest.Diameter * scale;
        var wanted = (int)Math.Ceiling(RegionsAcross * across / Step) * Step;
        var shorter = survey.Slides.Select(slide => Math.Min(slide.Width, slide.Height) * (mpp is null ? 1 : slide.Scale!.Value.MicronsPerPixel) * scale)
            .Order().ElementAt(survey.Slides.Count / 2);
        // A patch may not fill a picture: its place has to vary.
        var room = Math.Max(Step, (int)(0.75 * shorter / Step) * Step);
        var size = Math.Min(Math.Clamp(wanted, Math.Min(SmallestPatch, largestPatch), largestPatch), room);
        var patchReason = size == room && room < wanted ? Figures.Text($"three quarters of the pictures' shorter side, {shorter:0} pixels")
            : size < wanted ? Figures.Text($"{RegionsAcross} regions of {across:0} pixels would need {wanted}; this is the most for the device")
            : Figures.Text($"room for {RegionsAcross} regions of {across:0} pixels, and {SmallestPatch} at least");
        var isSmall = shorter < 4 * size;
        return new(mpp, reason, size, patchReason, isSmall ? Step : size / 2,
            isSmall ? "small pictures: patches are taken closely" : "half a patch");
    }

    private static (double? Mpp, string Reason) ScaleOf(DatasetSurvey survey, GroupSummary finest)
    {
        if (survey.MicronsPerPixel is not { } own)
            return (null, "nothing tells the slides' scale, so their own pixels are taken and all must be of one scale; better: engine init --mpp");
        var wanted = Math.Min(finest.Diameter / RegionPixels, CoarsestMpp);
        var doublings = Math.Max(0, (int)Math.Round(Math.Log2(wanted / own)));
        var mpp = Math.Round(own * Math.Pow(2, doublings), 4);
        var halves = doublings == 0 ? "the slides' own scale" : Figures.Text($"the slides' own {own:0.####} × {1 << doublings}");
        return (mpp, Figures.Text($"{halves}: '{finest.Name}' is {finest.InWords(finest.Diameter)} across and spans {finest.Diameter / mpp:0} pixels"));
    }
}
