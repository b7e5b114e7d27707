namespace Histoseg.Slides.Sampling;

/// <summary>What a slide is used for. Slides of one patient are all used for the same.</summary>
internal enum DataSplit
{
    /// <summary>Training.</summary>
    Train,
    /// <summary>Validation: choosing the best model and when to stop.</summary>
    Val,
    /// <summary>Held out until the end.</summary>
    Test,
}
