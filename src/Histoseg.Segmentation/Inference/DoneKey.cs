namespace Histoseg.Segmentation.Inference;

/// <summary>What a slide's outputs were made from. Equal: they need not be made again.</summary>
/// <remarks>It is the settings, and slide and model beside them: a setting that decides labels cannot be forgotten here.</remarks>
internal sealed record DoneKey : LabelSettings
{
    /// <summary>An empty key, to be filled from a file.</summary>
    public DoneKey() { }

    private DoneKey(LabelSettings settings) : base(settings) { }

    /// <summary>Full path of the slide.</summary>
    public required string Slide { get; init; }

    /// <summary>Size of the slide's file.</summary>
    public required long Bytes { get; init; }

    /// <summary>When the slide's file last changed.</summary>
    public required DateTime ModifiedUtc { get; init; }

    /// <summary>Hash of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The scale the model is run at, which need not be its own.</summary>
    public required double MicronsPerPixel { get; init; }

    /// <summary>Side of the patches.</summary>
    public required int PatchSize { get; init; }

    /// <summary>The key of a slide.</summary>
    public static DoneKey Of(string slide, InferenceModel model, int patchSize, LabelSettings settings)
    {
        var file = new FileInfo(slide);
        return new(settings)
        {
            Slide = file.FullName,
            Bytes = file.Length,
            ModifiedUtc = file.LastWriteTimeUtc,
            Model = model.Hash,
            MicronsPerPixel = model.MicronsPerPixel,
            PatchSize = patchSize,
        };
    }

    /// <summary>The key that a slide has for a run of which there is a record, if its file is the one that another key was made of.</summary>
    public static DoneKey Of(string slide, DoneKey file, InferenceModel model, int patchSize, LabelSettings settings) => new(settings)
    {
        Slide = slide,
        Bytes = file.Bytes,
        ModifiedUtc = file.ModifiedUtc,
        Model = model.Hash,
        MicronsPerPixel = model.MicronsPerPixel,
        PatchSize = patchSize,
    };
}
