using System.Text;

namespace Histoseg.Cuda;

/// <summary>The machine's CUDA driver; comes from <see cref="CudaLibraries.Driver"/>, which has loaded it.</summary>
internal sealed unsafe class CudaDriver : ICudaDriver
{
    private const int NameBytes = 256;
    private const int LogBytes = 16 * 1024;

    public CudaStatus Init(uint flags) => CudaDriverNative.Init(flags);

    public CudaStatus DriverGetVersion(out int version) => CudaDriverNative.DriverGetVersion(out version);

    public CudaStatus DeviceGetCount(out int count) => CudaDriverNative.DeviceGetCount(out count);

    public CudaStatus DeviceGet(out int device, int ordinal) => CudaDriverNative.DeviceGet(out device, ordinal);

    public CudaStatus DeviceGetName(out string name, int device)
    {
        var buffer = stackalloc byte[NameBytes];
        buffer[0] = 0;
        var status = CudaDriverNative.DeviceGetName(buffer, NameBytes, device);
        name = Text(new(buffer, NameBytes));
        return status;
    }

    public CudaStatus DeviceGetAttribute(out int value, CudaDeviceAttribute attribute, int device) =>
        CudaDriverNative.DeviceGetAttribute(out value, attribute, device);

    public CudaStatus DevicePrimaryCtxRetain(out nint context, int device) => CudaDriverNative.DevicePrimaryCtxRetain(out context, device);

    public CudaStatus DevicePrimaryCtxRelease(int device) => CudaDriverNative.DevicePrimaryCtxRelease(device);

    public CudaStatus CtxSetCurrent(nint context) => CudaDriverNative.CtxSetCurrent(context);

    public CudaStatus CtxSynchronize() => CudaDriverNative.CtxSynchronize();

    public CudaStatus MemGetInfo(out nuint free, out nuint total) => CudaDriverNative.MemGetInfo(out free, out total);

    public CudaStatus MemAlloc(out ulong address, nuint bytes) => CudaDriverNative.MemAlloc(out address, bytes);

    public CudaStatus MemFree(ulong address) => CudaDriverNative.MemFree(address);

    public CudaStatus MemAllocAsync(out ulong address, nuint bytes, nint stream) => CudaDriverNative.MemAllocAsync(out address, bytes, stream);

    public CudaStatus MemFreeAsync(ulong address, nint stream) => CudaDriverNative.MemFreeAsync(address, stream);

    public CudaStatus MemHostAlloc(out nint address, nuint bytes, uint flags) => CudaDriverNative.MemHostAlloc(out address, bytes, flags);

    public CudaStatus MemFreeHost(nint address) => CudaDriverNative.MemFreeHost(address);

    public CudaStatus MemcpyHtoDAsync(ulong destination, nint source, nuint bytes, nint stream) =>
        CudaDriverNative.MemcpyHtoDAsync(destination, source, bytes, stream);

    public CudaStatus MemcpyDtoHAsync(nint destination, ulong source, nuint bytes, nint stream) =>
        CudaDriverNative.MemcpyDtoHAsync(destination, source, bytes, stream);

    public CudaStatus MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream) =>
        CudaDriverNative.MemcpyDtoDAsync(destination, source, bytes, stream);

    public CudaStatus MemsetD8Async(ulong destination, byte value, nuint bytes, nint stream) =>
        CudaDriverNative.MemsetD8Async(destination, value, bytes, stream);

    public CudaStatus ModuleLoadData(out nint module, ReadOnlySpan<byte> image, out string log)
    {
        if (image.IsEmpty || image[^1] != 0)
            throw new ArgumentException("PTX must end in a zero byte: the driver is told no length.", nameof(image));
        var buffer = new byte[LogBytes];
        CudaStatus status;
        fixed (byte* data = image, text = buffer)
        {
            var options = stackalloc[] { CudaJitOption.ErrorLogBuffer, CudaJitOption.ErrorLogBufferSizeBytes };
            var values = stackalloc void*[2];
            // The size is not pointed to: it stands in the pointer's place.
            values[0] = text;
            values[1] = (void*)LogBytes;
            status = CudaDriverNative.ModuleLoadDataEx(out module, data, 2, options, values);
        }
        log = Text(buffer).Trim();
        return status;
    }

    public CudaStatus ModuleUnload(nint module) => CudaDriverNative.ModuleUnload(module);

    public CudaStatus ModuleGetFunction(out nint function, nint module, string name) => CudaDriverNative.ModuleGetFunction(out function, module, name);

    public CudaStatus FuncGetAttribute(out int value, CudaFunctionAttribute attribute, nint function) =>
        CudaDriverNative.FuncGetAttribute(out value, attribute, function);

    public CudaStatus FuncSetAttribute(nint function, CudaFunctionAttribute attribute, int value) =>
        CudaDriverNative.FuncSetAttribute(function, attribute, value);

    public CudaStatus LaunchKernel(nint function, Dim3 grid, Dim3 block, uint sharedBytes, nint stream, void** parameters) =>
        CudaDriverNative.LaunchKernel(function, grid.X, grid.Y, grid.Z, block.X, block.Y, block.Z, sharedBytes, stream, parameters, null);

    public CudaStatus TensorMapEncodeTiled(void* map, CudaTensorMapType type, uint rank, ulong address, ulong* extents, ulong* strides, uint* box,
        uint* steps, int interleave, CudaTensorMapSwizzle swizzle, CudaTensorMapPromotion promotion, int fill) =>
        CudaDriverNative.TensorMapEncodeTiled(map, type, rank, address, extents, strides, box, steps, interleave, swizzle, promotion, fill);

    public CudaStatus StreamCreate(out nint stream, uint flags) => CudaDriverNative.StreamCreate(out stream, flags);

    public CudaStatus StreamDestroy(nint stream) => CudaDriverNative.StreamDestroy(stream);

    public CudaStatus StreamSynchronize(nint stream) => CudaDriverNative.StreamSynchronize(stream);

    public CudaStatus StreamWaitEvent(nint stream, nint @event, uint flags) => CudaDriverNative.StreamWaitEvent(stream, @event, flags);

    public CudaStatus EventCreate(out nint @event, uint flags) => CudaDriverNative.EventCreate(out @event, flags);

    public CudaStatus EventDestroy(nint @event) => CudaDriverNative.EventDestroy(@event);

    public CudaStatus EventRecord(nint @event, nint stream) => CudaDriverNative.EventRecord(@event, stream);

    public CudaStatus EventSynchronize(nint @event) => CudaDriverNative.EventSynchronize(@event);

    public CudaStatus EventElapsedTime(out float milliseconds, nint start, nint end) => CudaDriverNative.EventElapsedTime(out milliseconds, start, end);

    public CudaStatus StreamBeginCapture(nint stream, CudaCaptureMode mode) => CudaDriverNative.StreamBeginCapture(stream, mode);

    public CudaStatus StreamEndCapture(nint stream, out nint graph) => CudaDriverNative.StreamEndCapture(stream, out graph);

    public CudaStatus GraphInstantiate(out nint executable, nint graph, ulong flags) => CudaDriverNative.GraphInstantiate(out executable, graph, flags);

    public CudaStatus GraphLaunch(nint executable, nint stream) => CudaDriverNative.GraphLaunch(executable, stream);

    public CudaStatus GraphExecDestroy(nint executable) => CudaDriverNative.GraphExecDestroy(executable);

    public CudaStatus GraphDestroy(nint graph) => CudaDriverNative.GraphDestroy(graph);

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
