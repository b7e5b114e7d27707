using System.Runtime.InteropServices;

namespace Histoseg.Cuda;

/// <summary>The driver's C functions under the names it exports; CUDA 12 and 13 agree on all of them.</summary>
/// <remarks>A header's <c>cuMemAlloc</c> is a macro for <c>cuMemAlloc_v2</c>; the plain export is the 32-bit function of old and must not be called.
/// Checked against <c>native/abi/cuda.csv</c>.</remarks>
internal static unsafe partial class CudaDriverNative
{
    internal const string Library = "cuda-driver";

    [LibraryImport(Library, EntryPoint = "cuInit")]
    internal static partial CudaStatus Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDriverGetVersion")]
    internal static partial CudaStatus DriverGetVersion(out int version);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetCount")]
    internal static partial CudaStatus DeviceGetCount(out int count);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    internal static partial CudaStatus DeviceGet(out int device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetName")]
    internal static partial CudaStatus DeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetAttribute")]
    internal static partial CudaStatus DeviceGetAttribute(out int value, CudaDeviceAttribute attribute, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    internal static partial CudaStatus DevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    internal static partial CudaStatus DevicePrimaryCtxRelease(int device);

    [LibraryImport(Library, EntryPoint = "cuCtxSetCurrent")]
    internal static partial CudaStatus CtxSetCurrent(nint context);

    [LibraryImport(Library, EntryPoint = "cuCtxSynchronize")]
    internal static partial CudaStatus CtxSynchronize();

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    internal static partial CudaStatus MemGetInfo(out nuint free, out nuint total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    internal static partial CudaStatus MemAlloc(out ulong address, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    internal static partial CudaStatus MemFree(ulong address);

    [LibraryImport(Library, EntryPoint = "cuMemAllocAsync")]
    internal static partial CudaStatus MemAllocAsync(out ulong address, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemFreeAsync")]
    internal static partial CudaStatus MemFreeAsync(ulong address, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemHostAlloc")]
    internal static partial CudaStatus MemHostAlloc(out nint address, nuint bytes, uint flags);

    [LibraryImport(Library, EntryPoint = "cuMemFreeHost")]
    internal static partial CudaStatus MemFreeHost(nint address);

    [LibraryImport(Library, EntryPoint = "cuMemcpyHtoDAsync_v2")]
    internal static partial CudaStatus MemcpyHtoDAsync(ulong destination, nint source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoHAsync_v2")]
    internal static partial CudaStatus MemcpyDtoHAsync(nint destination, ulong source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoDAsync_v2")]
    internal static partial CudaStatus MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemsetD8Async")]
    internal static partial CudaStatus MemsetD8Async(ulong destination, byte value, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuModuleLoadDataEx")]
    internal static partial CudaStatus ModuleLoadDataEx(out nint module, byte* image, uint count, CudaJitOption* options, void** values);

    [LibraryImport(Library, EntryPoint = "cuModuleUnload")]
    internal static partial CudaStatus ModuleUnload(nint module);

    [LibraryImport(Library, EntryPoint = "cuModuleGetFunction", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial CudaStatus ModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library, EntryPoint = "cuFuncGetAttribute")]
    internal static partial CudaStatus FuncGetAttribute(out int value, CudaFunctionAttribute attribute, nint function);

    [LibraryImport(Library, EntryPoint = "cuFuncSetAttribute")]
    internal static partial CudaStatus FuncSetAttribute(nint function, CudaFunctionAttribute attribute, int value);

    [LibraryImport(Library, EntryPoint = "cuLaunchKernel")]
    internal static partial CudaStatus LaunchKernel(nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ,
        uint sharedBytes, nint stream, void** parameters, void** extra);

    [LibraryImport(Library, EntryPoint = "cuTensorMapEncodeTiled")]
    internal static partial CudaStatus TensorMapEncodeTiled(void* map, CudaTensorMapType type, uint rank, ulong address, ulong* extents, ulong* strides,
        uint* box, uint* steps, int interleave, CudaTensorMapSwizzle swizzle, CudaTensorMapPromotion promotion, int fill);

    [LibraryImport(Library, EntryPoint = "cuStreamCreate")]
    internal static partial CudaStatus StreamCreate(out nint stream, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamDestroy_v2")]
    internal static partial CudaStatus StreamDestroy(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamSynchronize")]
    internal static partial CudaStatus StreamSynchronize(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamWaitEvent")]
    internal static partial CudaStatus StreamWaitEvent(nint stream, nint @event, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventCreate")]
    internal static partial CudaStatus EventCreate(out nint @event, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventDestroy_v2")]
    internal static partial CudaStatus EventDestroy(nint @event);

    [LibraryImport(Library, EntryPoint = "cuEventRecord")]
    internal static partial CudaStatus EventRecord(nint @event, nint stream);

    [LibraryImport(Library, EntryPoint = "cuEventSynchronize")]
    internal static partial CudaStatus EventSynchronize(nint @event);

    [LibraryImport(Library, EntryPoint = "cuEventElapsedTime")]
    internal static partial CudaStatus EventElapsedTime(out float milliseconds, nint start, nint end);

    [LibraryImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
    internal static partial CudaStatus StreamBeginCapture(nint stream, CudaCaptureMode mode);

    [LibraryImport(Library, EntryPoint = "cuStreamEndCapture")]
    internal static partial CudaStatus StreamEndCapture(nint stream, out nint graph);

    [LibraryImport(Library, EntryPoint = "cuGraphInstantiateWithFlags")]
    internal static partial CudaStatus GraphInstantiate(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library, EntryPoint = "cuGraphLaunch")]
    internal static partial CudaStatus GraphLaunch(nint executable, nint stream);

    [LibraryImport(Library, EntryPoint = "cuGraphExecDestroy")]
    internal static partial CudaStatus GraphExecDestroy(nint executable);

    [LibraryImport(Library, EntryPoint = "cuGraphDestroy")]
    internal static partial CudaStatus GraphDestroy(nint graph);
}
