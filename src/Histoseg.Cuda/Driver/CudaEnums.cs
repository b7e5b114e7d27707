namespace Histoseg.Cuda;

/// <summary>Device attributes asked for (<c>CUdevice_attribute</c>).</summary>
public enum CudaDeviceAttribute
{
    /// <summary>MAX_SHARED_MEMORY_PER_BLOCK, bytes, without opting in to more.</summary>
    MaxSharedMemoryPerBlock = 8,
    /// <summary>MULTIPROCESSOR_COUNT.</summary>
    MultiprocessorCount = 16,
    /// <summary>L2_CACHE_SIZE, bytes.</summary>
    L2CacheSize = 38,
    /// <summary>COMPUTE_CAPABILITY_MAJOR.</summary>
    ComputeCapabilityMajor = 75,
    /// <summary>COMPUTE_CAPABILITY_MINOR.</summary>
    ComputeCapabilityMinor = 76,
    /// <summary>MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, bytes.</summary>
    MaxSharedMemoryPerBlockOptin = 97,
    /// <summary>MEMORY_POOLS_SUPPORTED.</summary>
    MemoryPoolsSupported = 115,
}

/// <summary>Function attributes (<c>CUfunction_attribute</c>).</summary>
public enum CudaFunctionAttribute
{
    /// <summary>MAX_THREADS_PER_BLOCK.</summary>
    MaxThreadsPerBlock = 0,
    /// <summary>SHARED_SIZE_BYTES: static shared memory.</summary>
    SharedSizeBytes = 1,
    /// <summary>LOCAL_SIZE_BYTES per thread.</summary>
    LocalSizeBytes = 3,
    /// <summary>NUM_REGS per thread.</summary>
    NumRegs = 4,
    /// <summary>MAX_DYNAMIC_SHARED_SIZE_BYTES; to be raised for more than 48 KiB.</summary>
    MaxDynamicSharedSizeBytes = 8,
    /// <summary>PREFERRED_SHARED_MEMORY_CARVEOUT: percent of a multiprocessor's memory that is shared, not cache; −1: the driver's choice.</summary>
    PreferredSharedMemoryCarveout = 9,
}

/// <summary>Number type of a tensor map (<c>CUtensorMapDataType</c>).</summary>
public enum CudaTensorMapType
{
    /// <summary>BFLOAT16.</summary>
    BFloat16 = 9,
}

/// <summary>How boxes' pieces of 16 bytes are mixed in shared memory (<c>CUtensorMapSwizzle</c>).</summary>
public enum CudaTensorMapSwizzle
{
    /// <summary>NONE.</summary>
    None = 0,
    /// <summary>128B: among the eight pieces of 128 bytes, by the place of these in 1024.</summary>
    Bytes128 = 3,
}

/// <summary>What the second-level cache fetches at least (<c>CUtensorMapL2promotion</c>).</summary>
public enum CudaTensorMapPromotion
{
    /// <summary>NONE.</summary>
    None = 0,
    /// <summary>L2_128B.</summary>
    Bytes128 = 2,
}

/// <summary>What a stream capture forbids (<c>CUstreamCaptureMode</c>).</summary>
public enum CudaCaptureMode
{
    /// <summary>Unsafe calls of any thread fail.</summary>
    Global = 0,
    /// <summary>Unsafe calls of this thread fail.</summary>
    ThreadLocal = 1,
    /// <summary>Nothing is forbidden.</summary>
    Relaxed = 2,
}
