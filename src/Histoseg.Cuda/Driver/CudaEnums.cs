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
