using System.Globalization;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.Segmentation.Devices;

/// <summary>Finds the largest batch whose plan fits into a GPU's memory.</summary>
public static class FittingBatch
{
    /// <summary>The largest batch that fits, or 0.</summary>
    /// <param name="bytes">Memory there is.</param>
    /// <param name="least">The smallest batch that can be.</param>
    /// <param name="most">The largest to try.</param>
    /// <param name="record">Records the network for a batch.</param>
    /// <param name="precision">Number type of activations.</param>
    public static int Largest(long bytes, int least, int most, Func<int, Tape> record, Precision precision)
    {
        // Need grows with the batch: halve the range until its ends meet.
        var (fits, above) = (least - 1, most + 1);
        while (above - fits > 1)
        {
            var middle = (fits + above) / 2;
            if (CudaProgram.BytesNeeded(record(middle), precision) <= bytes)
                fits = middle;
            else
                above = middle;
        }
        return fits < least ? 0 : fits;
    }

    /// <summary>What to tell a person whose network does not fit.</summary>
    /// <param name="error">What was found.</param>
    /// <param name="batch">The batch asked for.</param>
    /// <param name="least">The smallest batch that can be.</param>
    /// <param name="setting">The name of the setting that decides the batch.</param>
    /// <param name="record">Records the network for a batch.</param>
    /// <param name="precision">Number type of activations.</param>
    internal static string Advise(DeviceMemoryError error, int batch, int least, string setting, Func<int, Tape> record, Precision precision)
    {
        if (error.Needed <= error.Free)
            return error.Message;
        // Workspace comes on top of the plan; the smaller batches are taken to need as much.
        var workspace = error.Needed - CudaProgram.BytesNeeded(record(batch), precision);
        var fits = Largest(error.Free - workspace, least, batch - 1, record, precision);
        var advice = fits > 0 ? string.Create(CultureInfo.InvariantCulture, $"the largest {setting} that fits is {fits}")
            : string.Create(CultureInfo.InvariantCulture, $"not even a {setting} of {least} fits; use smaller patches or a smaller network.width");
        return string.Create(CultureInfo.InvariantCulture, $"{error.Device}: the network needs {error.Needed / 1048576.0:F0} MiB and {error.Free / 1048576.0:F0} can be had; {advice}");
    }
}
