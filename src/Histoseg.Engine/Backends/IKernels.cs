namespace Histoseg.Engine.Backends;

/// <summary>A compiled node: everything it needs is bound, running it allocates nothing.</summary>
internal delegate void Kernel();

/// <summary>Turns nodes into kernels. Each operation adds its own method in its own file, so a backend that lacks one does not compile.</summary>
internal partial interface IKernels
{
}
