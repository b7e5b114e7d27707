using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends;

/// <summary>Finds the largest batch whose plan fits into a device's memory.</summary>
public static class FittingBatch
{
    /// <summary>The largest batch that fits, or 0.</summary>
    /// <param name="bytes">Memory there is.</param>
    /// <param name="least">The smallest batch that can be.</param>
    /// <param name="most">The largest to try.</param>
    /// <param name="bytesNeeded">What a batch needs, see <see cref="Backend.BytesNeeded"/>.</param>
    public static int Largest(long bytes, int least, int most, Func<int, long> bytesNeeded)
    {
        // Need grows with the batch: halve the range until its ends meet.
        var (fits, above) = (least - 1, most + 1);
        while (above - fits > 1)
        {
            var middle = (fits + above) / 2;
            if (bytesNeeded(middle) <= bytes)
                fits = middle;
            else
                above = middle;
        }
        return fits < least ? 0 : fits;
    }

    /// <summary>Compiles a network for a batch; where it does not fit, the error tells the largest batch that does.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="tape">The network recorded for the batch.</param>
    /// <param name="batch">The batch asked for.</param>
    /// <param name="least">The smallest batch that can be.</param>
    /// <param name="setting">What people call the batch, for the error.</param>
    /// <param name="remedy">What mends it, where a program may have an option for it.</param>
    /// <param name="record">Records the network for another batch.</param>
    /// <param name="lighter">A setting with which it needs less, for the error; null: there is none.</param>
    /// <exception cref="EngineError">There is not enough memory.</exception>
    public static Program<float> Compile(
        Backend backend, Tape tape, int batch, int least, string setting, Remedy remedy, Func<int, Tape> record, string? lighter = null)
    {
        try
        {
            return backend.Compile(tape);
        }
        catch (DeviceMemoryError error)
        {
            if (error.Needed <= error.Free)
                throw new EngineError(error.Message, error) { Remedy = remedy };
            var advice = Advise(error, backend, tape, batch, least, setting, record);
            throw new EngineError(lighter is null ? advice : $"{advice}; with {lighter} it needs less", error) { Remedy = remedy };
        }
    }

    private static string Advise(DeviceMemoryError error, Backend backend, Tape tape, int batch, int least, string setting, Func<int, Tape> record)
    {
        // Workspace comes on top of the plan; the smaller batches are taken to need as much.
        var workspace = Math.Max(0, error.Needed - backend.BytesNeeded(tape));
        var fits = Largest(error.Free - workspace, least, batch - 1, smaller => backend.BytesNeeded(record(smaller)));
        var advice = fits > 0 ? Figures.Text($"the largest {setting} that fits is {fits}")
            : Figures.Text($"not even a {setting} of {least} fits; use smaller patches or a narrower network");
        return Figures.Text($"{error.Device}: the network needs {error.Needed / 1048576.0:F0} MiB and {error.Free / 1048576.0:F0} can be had; {advice}");
    }
}
