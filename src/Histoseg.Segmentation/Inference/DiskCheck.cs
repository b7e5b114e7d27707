namespace Histoseg.Segmentation.Inference;

/// <summary>Tells before slides are segmented what room their outputs will take, and stops where the disk has far less.</summary>
/// <param name="lookingAt">Told a slide before it is opened, so that it is known which one a crash is due to.</param>
/// <param name="freeBytes">What is free on a folder's disk, null where that is not known; null: the system tells.</param>
internal sealed class DiskCheck(Action<string> lookingAt, Func<string, long?>? freeBytes = null)
{
    /// <summary>Of longer lists this many slides are looked at, evenly spread.</summary>
    internal const int Sample = 16;

    // An estimate may be wrong by this factor. What it may be wrong about is only warned of.
    private const int Doubt = 2;

    /// <summary>Estimates and compares.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="slides">Slides that are to be segmented.</param>
    /// <param name="kinds">What is written of each.</param>
    /// <param name="pixelsOf">The pixels of a slide's label map; null: not known.</param>
    /// <returns>What to tell, one line; null: nothing is known.</returns>
    /// <exception cref="UserError">There is far too little room.</exception>
    public string? Look(string folder, IReadOnlyList<string> slides, IReadOnlyList<OutputKind> kinds, Func<string, long?> pixelsOf)
    {
        if (Estimate(slides, kinds, pixelsOf) is not { Count: > 0 } sizes)
            return null;
        var need = sizes.Sum(size => size.Bytes);
        var words = $"the outputs of {Figures.The(slides.Count, "slide")} will take about {Figures.Bytes(need)} "
            + $"({string.Join(", ", sizes.Select(size => $"{size.Kind} {Figures.Bytes(size.Bytes)}"))})";
        if ((freeBytes ?? FreeBytes)(folder) is not { } free)
            return words;
        if (need / Doubt > free)
            throw new UserError($"{folder}: {words}, and its disk has {Figures.Bytes(free)} left; make room, ask for fewer outputs, "
                + "or choose another output folder")
            { Remedy = Remedy.MakeRoom };
        return need > free ? $"{words}, and the disk has {Figures.Bytes(free)} left: that may not do; make room while it runs, or ask for fewer outputs"
            : $"{words}; the disk has {Figures.Bytes(free)} left";
    }

    /// <summary>What the outputs will take, kind by kind; nothing where no slide tells its size.</summary>
    internal IReadOnlyList<(OutputKind Kind, long Bytes)> Estimate(IReadOnlyList<string> slides, IReadOnlyList<OutputKind> kinds, Func<string, long?> pixelsOf)
    {
        var count = Math.Min(slides.Count, Sample);
        var pixels = new List<long>();
        for (var i = 0; i < count; i++)
        {
            var slide = slides[(int)((long)i * slides.Count / count)];
            lookingAt(slide);
            if (pixelsOf(slide) is { } known)
                pixels.Add(known);
        }
        return pixels.Count == 0 ? []
            : [.. kinds.Select(kind => (kind, (long)(slides.Count * (kind.LeastBytes + kind.BytesPerPixel * pixels.Average()))))];
    }

    /// <summary>What is free on the disk of a folder, for this user; null: the system does not tell. Quotas are not known.</summary>
    internal static long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        }
        catch (Exception error) when (error is ArgumentException || FileTrouble.Is(error))
        {
            return null;
        }
    }
}
