namespace Histoseg.Segmentation.Status;

/// <summary>Where a slide of an output folder stands.</summary>
internal enum SlideStage
{
    /// <summary>Its outputs are complete.</summary>
    Done,
    /// <summary>It has an error, and no run tries it now.</summary>
    Failed,
    /// <summary>A program is at work on it.</summary>
    Running,
    /// <summary>The program that was at work on it is gone; another takes it over.</summary>
    Died,
    /// <summary>No program has come to it yet.</summary>
    Left,
}
