namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>PTX that the interpreter does not understand or that breaks a rule of the language.</summary>
/// <param name="line">The line of the PTX text, counted from 1.</param>
/// <param name="message">What is wrong with it.</param>
public sealed class PtxError(int line, string message) : Exception($"PTX line {line}: {message}")
{
    /// <summary>The line of the PTX text, counted from 1.</summary>
    public int Line { get; } = line;
}
