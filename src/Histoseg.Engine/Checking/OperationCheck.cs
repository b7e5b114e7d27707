using Histoseg.Engine.Backends;

namespace Histoseg.Engine.Checking;

/// <summary>How near a backend's operations come to float64.</summary>
/// <param name="Cases">Cases compared: outputs, gradients and state of each.</param>
/// <param name="LargestError">Largest |difference| over the larger of the element and its tensor's root mean square.</param>
/// <param name="Where">The case with that.</param>
/// <param name="Tolerance">What passes.</param>
public sealed record OperationCheck(int Cases, double LargestError, string Where, double Tolerance)
{
    /// <summary>Compares every case of every operation with float64 on the processor; takes some seconds.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="cancel">Looked at before each case.</param>
    /// <exception cref="EngineError">An operation is wrong: tells which.</exception>
    /// <exception cref="OperationCanceledException">Stopped by <paramref name="cancel"/>.</exception>
    public static OperationCheck Run(ProcessorBackend backend, CancellationToken cancel)
    {
        var worst = new OperationCheck(0, 0, "", BackendComparison.ToleranceOf(backend.Precision));
        foreach (var one in OpCases.All)
        {
            cancel.ThrowIfCancellationRequested();
            var result = BackendComparison.Run(one, backend, backend);
            if (!result.Passes)
                throw new EngineError(Figures.Text($"{one}: {result.Where} is {result.WorstError:0.0e+0} from float64, more than {result.Tolerance:0e+0}. ")
                    + "This is a fault of the program or of the machine; please report it with the processor's name");
            worst = worst with
            {
                Cases = worst.Cases + 1,
                LargestError = Math.Max(worst.LargestError, result.WorstError),
                Where = result.WorstError > worst.LargestError ? one.ToString() : worst.Where,
            };
        }
        return worst;
    }
}
