namespace Histoseg.Cli.Workers;

/// <summary>A worker ended before its work began, and has said why; the program ends with its code.</summary>
internal sealed class WorkerEnded(int code) : Exception
{
    /// <summary>Its exit code.</summary>
    public int Code => code;
}
