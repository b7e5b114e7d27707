namespace Histoseg.Cuda;

/// <summary>Options of the JIT that turns PTX into machine code (<c>CUjit_option</c>).</summary>
internal enum CudaJitOption
{
    /// <summary>CU_JIT_ERROR_LOG_BUFFER: where complaints are written, a char pointer.</summary>
    ErrorLogBuffer = 5,
    /// <summary>CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES: its size, a number in the pointer's place.</summary>
    ErrorLogBufferSizeBytes = 6,
}
