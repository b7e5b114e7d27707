namespace Histoseg.Cuda;

/// <summary>
/// The CUDA driver API as far as the engine uses it: one method per C function, of its name without <c>cu</c>, returning its status unchecked.
/// </summary>
/// <remarks>
/// Handles are opaque; device addresses are <see cref="ulong"/>, host addresses <see cref="nint"/>. Callers check with
/// <see cref="CudaStatusExtensions.Check(CudaStatus, string)"/>.
/// </remarks>
public unsafe interface ICudaDriver
{
    /// <summary>cuInit.</summary>
    CudaStatus Init(uint flags);

    /// <summary>cuDriverGetVersion: 1000·major + 10·minor of the newest CUDA the driver supports.</summary>
    CudaStatus DriverGetVersion(out int version);

    /// <summary>cuDeviceGetCount.</summary>
    CudaStatus DeviceGetCount(out int count);

    /// <summary>cuDeviceGet.</summary>
    CudaStatus DeviceGet(out int device, int ordinal);

    /// <summary>cuDeviceGetName.</summary>
    CudaStatus DeviceGetName(out string name, int device);

    /// <summary>cuDeviceGetAttribute.</summary>
    CudaStatus DeviceGetAttribute(out int value, CudaDeviceAttribute attribute, int device);

    /// <summary>cuDevicePrimaryCtxRetain.</summary>
    CudaStatus DevicePrimaryCtxRetain(out nint context, int device);

    /// <summary>cuDevicePrimaryCtxRelease_v2.</summary>
    CudaStatus DevicePrimaryCtxRelease(int device);

    /// <summary>cuCtxSetCurrent: binds the context to the calling thread.</summary>
    CudaStatus CtxSetCurrent(nint context);

    /// <summary>cuCtxSynchronize.</summary>
    CudaStatus CtxSynchronize();

    /// <summary>cuMemGetInfo_v2.</summary>
    CudaStatus MemGetInfo(out nuint free, out nuint total);

    /// <summary>cuMemAlloc_v2.</summary>
    CudaStatus MemAlloc(out ulong address, nuint bytes);

    /// <summary>cuMemFree_v2.</summary>
    CudaStatus MemFree(ulong address);

    /// <summary>cuMemAllocAsync, from the device's default pool.</summary>
    CudaStatus MemAllocAsync(out ulong address, nuint bytes, nint stream);

    /// <summary>cuMemFreeAsync.</summary>
    CudaStatus MemFreeAsync(ulong address, nint stream);

    /// <summary>cuMemHostAlloc: page-locked host memory.</summary>
    CudaStatus MemHostAlloc(out nint address, nuint bytes, uint flags);

    /// <summary>cuMemFreeHost.</summary>
    CudaStatus MemFreeHost(nint address);

    /// <summary>cuMemcpyHtoDAsync_v2.</summary>
    CudaStatus MemcpyHtoDAsync(ulong destination, nint source, nuint bytes, nint stream);

    /// <summary>cuMemcpyDtoHAsync_v2.</summary>
    CudaStatus MemcpyDtoHAsync(nint destination, ulong source, nuint bytes, nint stream);

    /// <summary>cuMemcpyDtoDAsync_v2.</summary>
    CudaStatus MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream);

    /// <summary>cuMemsetD8Async.</summary>
    CudaStatus MemsetD8Async(ulong destination, byte value, nuint bytes, nint stream);

    /// <summary>cuModuleLoadDataEx with the JIT's error log.</summary>
    /// <param name="module">The module.</param>
    /// <param name="image">PTX as text, zero-terminated.</param>
    /// <param name="log">What the JIT complained of; empty if it did not.</param>
    CudaStatus ModuleLoadData(out nint module, ReadOnlySpan<byte> image, out string log);

    /// <summary>cuModuleUnload.</summary>
    CudaStatus ModuleUnload(nint module);

    /// <summary>cuModuleGetFunction.</summary>
    CudaStatus ModuleGetFunction(out nint function, nint module, string name);

    /// <summary>cuFuncGetAttribute.</summary>
    CudaStatus FuncGetAttribute(out int value, CudaFunctionAttribute attribute, nint function);

    /// <summary>cuFuncSetAttribute.</summary>
    CudaStatus FuncSetAttribute(nint function, CudaFunctionAttribute attribute, int value);

    /// <summary>cuLaunchKernel.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="grid">Blocks in x, y, z.</param>
    /// <param name="block">Threads per block in x, y, z.</param>
    /// <param name="sharedBytes">Dynamic shared memory per block.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="parameters">One pointer per parameter to its value.</param>
    CudaStatus LaunchKernel(nint function, Dim3 grid, Dim3 block, uint sharedBytes, nint stream, void** parameters);

    /// <summary>cuTensorMapEncodeTiled: describes a tensor for the copies of boxes that compute capability 9.0 has.</summary>
    /// <param name="map">128 bytes at a multiple of 64, written by the call and read by kernels.</param>
    /// <param name="type">Number type of the elements.</param>
    /// <param name="rank">Dimensions, 1 to 5.</param>
    /// <param name="address">Where the tensor lies on the device, a multiple of 16.</param>
    /// <param name="extents">Elements in each dimension, the one that lies together first.</param>
    /// <param name="strides">Bytes from one to the next of each dimension but the first, multiples of 16.</param>
    /// <param name="box">Elements of a box in each dimension, at most 256.</param>
    /// <param name="steps">Of each dimension every how many elements are taken.</param>
    /// <param name="interleave">0: none.</param>
    /// <param name="swizzle">How pieces of 16 bytes are mixed in shared memory.</param>
    /// <param name="promotion">What the second-level cache fetches at a time.</param>
    /// <param name="fill">0: zeros outside the tensor.</param>
    CudaStatus TensorMapEncodeTiled(void* map, CudaTensorMapType type, uint rank, ulong address, ulong* extents, ulong* strides, uint* box, uint* steps,
        int interleave, CudaTensorMapSwizzle swizzle, CudaTensorMapPromotion promotion, int fill);

    /// <summary>cuStreamCreate.</summary>
    CudaStatus StreamCreate(out nint stream, uint flags);

    /// <summary>cuStreamDestroy_v2.</summary>
    CudaStatus StreamDestroy(nint stream);

    /// <summary>cuStreamSynchronize.</summary>
    CudaStatus StreamSynchronize(nint stream);

    /// <summary>cuStreamWaitEvent.</summary>
    CudaStatus StreamWaitEvent(nint stream, nint @event, uint flags);

    /// <summary>cuEventCreate.</summary>
    CudaStatus EventCreate(out nint @event, uint flags);

    /// <summary>cuEventDestroy_v2.</summary>
    CudaStatus EventDestroy(nint @event);

    /// <summary>cuEventRecord.</summary>
    CudaStatus EventRecord(nint @event, nint stream);

    /// <summary>cuEventSynchronize.</summary>
    CudaStatus EventSynchronize(nint @event);

    /// <summary>cuEventElapsedTime.</summary>
    CudaStatus EventElapsedTime(out float milliseconds, nint start, nint end);

    /// <summary>cuStreamBeginCapture_v2.</summary>
    CudaStatus StreamBeginCapture(nint stream, CudaCaptureMode mode);

    /// <summary>cuStreamEndCapture.</summary>
    CudaStatus StreamEndCapture(nint stream, out nint graph);

    /// <summary>cuGraphInstantiateWithFlags.</summary>
    CudaStatus GraphInstantiate(out nint executable, nint graph, ulong flags);

    /// <summary>cuGraphLaunch.</summary>
    CudaStatus GraphLaunch(nint executable, nint stream);

    /// <summary>cuGraphExecDestroy.</summary>
    CudaStatus GraphExecDestroy(nint executable);

    /// <summary>cuGraphDestroy.</summary>
    CudaStatus GraphDestroy(nint graph);
}
