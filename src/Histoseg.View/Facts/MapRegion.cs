namespace Histoseg.View.Facts;

/// <summary>A connected region worth going to, its place in level-0 pixels.</summary>
/// <param name="Label">The predicted class; of an error the true one, where that is not background.</param>
/// <param name="Left">Left edge.</param>
/// <param name="Top">Upper edge.</param>
/// <param name="Right">Right edge.</param>
/// <param name="Bottom">Lower edge.</param>
/// <param name="X">A place inside, going right.</param>
/// <param name="Y">The same place, going down.</param>
/// <param name="Area">Pixels of level 0.</param>
/// <param name="Uncertainty">Mean over its pixels: 1 where the heat map is undecided, 0 where it is sure; null: there is no heat map.</param>
internal sealed record MapRegion(
    int Label, double Left, double Top, double Right, double Bottom, double X, double Y, double Area, double? Uncertainty);
