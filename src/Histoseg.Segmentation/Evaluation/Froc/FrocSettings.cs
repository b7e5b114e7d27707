namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>What a lesion FROC is made of.</summary>
/// <param name="Class">The label whose connected regions are the lesions.</param>
/// <param name="Detections">Folder of lists <c>&lt;slide&gt;.csv</c> of detections; null: found in the label and heat maps, and written as such lists.</param>
internal sealed record FrocSettings(byte Class, string? Detections = null);
