using System.Numerics;
using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends;

/// <summary>A backend on the processor, which computes in any floating-point type: float64 is what others are held to.</summary>
public abstract class ProcessorBackend : Backend
{
    /// <summary>Plans memory for a finished tape and binds every node to its kernel.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="DeviceMemoryError">There is not enough memory.</exception>
    /// <exception cref="TapeError">The tape breaks a rule.</exception>
    public abstract Program<T> Compile<T>(Tape tape) where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Measures the most that this machine does with the backend's threads; takes under a second or two.</summary>
    public abstract MachinePeaks MeasurePeaks();
}
