namespace Histoseg.View.Slides;

/// <summary>What is laid over a slide's picture, pixel by pixel.</summary>
internal enum MapKind
{
    /// <summary>The label map.</summary>
    Labels,
    /// <summary>The heat map.</summary>
    Heat,
    /// <summary>The true labels.</summary>
    Truth,
}
