using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Profiling;

/// <summary>How long one node of a program takes.</summary>
/// <param name="Node">The node.</param>
/// <param name="Seconds">Median of the runs measured.</param>
/// <param name="Work">The arithmetic and traffic it cannot do without.</param>
public sealed record NodeTime(Node Node, double Seconds, Work Work)
{
    /// <summary>Bytes read and written at least once, in float32.</summary>
    public long Bytes => Work.Elements * sizeof(float);
}
