namespace Histoseg.Cuda;

/// <summary>A GPU, or a library that computes on it, failed. The message is one line: the call, the status, the remedy.</summary>
public abstract class GpuException(string message) : UserError(message);
