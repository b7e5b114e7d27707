namespace Histoseg.Training.Proposals;

/// <summary>What a group of regions is to a class map.</summary>
internal enum GroupRole
{
    /// <summary>A class of its own.</summary>
    Class,
    /// <summary>Painted as background, before the classes.</summary>
    Background,
    /// <summary>Painted as background, over the classes.</summary>
    Hole,
    /// <summary>Outside of it nothing counts.</summary>
    RegionOfInterest,
    /// <summary>Its pixels count nowhere.</summary>
    Ignored,
    /// <summary>Painted nowhere.</summary>
    LeftOut,
}
