namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>A parameter of a kernel.</summary>
/// <param name="Name">Its name in the PTX.</param>
/// <param name="Offset">Where it lies in the block of arguments.</param>
/// <param name="Bytes">How long it is.</param>
/// <param name="Alignment">What its offset is a multiple of.</param>
public sealed record PtxParameter(string Name, int Offset, int Bytes, int Alignment);
