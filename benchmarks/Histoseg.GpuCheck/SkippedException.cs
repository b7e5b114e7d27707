namespace Histoseg.GpuCheck;

/// <summary>What was asked for cannot be run here.</summary>
/// <param name="reason">What is missing, in a line.</param>
internal sealed class SkippedException(string reason) : Exception(reason);
