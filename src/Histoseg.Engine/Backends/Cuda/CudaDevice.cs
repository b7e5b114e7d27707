using System.Text;
using Histoseg.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>One GPU, opened: its context, its properties, the engine's kernels loaded on it, and the libraries found for it.</summary>
internal sealed class CudaDevice : IDisposable
{
    private const uint NonBlocking = 1, DisableTiming = 2;
    private const int LeastComputeCapability = 80;
    private const long Reserve = 1L << 30;
    private const uint DefaultSharedBytes = 48 * 1024;
    private const int AllOfIt = 100;
    private readonly int _device;
    private readonly nint _context;
    private readonly Dictionary<string, nint> _modules = [];
    private readonly Dictionary<(string Module, string Entry), nint> _functions = [];
    private readonly Dictionary<nint, uint> _sharedBytes = [];

    private CudaDevice(ICudaDriver driver, int ordinal, ICudnn? cudnn, ICublasLt? cublasLt)
    {
        (Driver, Ordinal, Cudnn, CublasLt) = (driver, ordinal, cudnn, cublasLt);
        driver.DeviceGet(out _device, ordinal).Check($"cuDeviceGet {ordinal}");
        driver.DeviceGetName(out var name, _device).Check("cuDeviceGetName");
        driver.DriverGetVersion(out var version).Check("cuDriverGetVersion");
        (Name, DriverVersion) = (name, version);
        Multiprocessors = Attribute(CudaDeviceAttribute.MultiprocessorCount);
        MaxSharedBytes = Attribute(CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin);
        ComputeCapability = 10 * Attribute(CudaDeviceAttribute.ComputeCapabilityMajor) + Attribute(CudaDeviceAttribute.ComputeCapabilityMinor);
        if (ComputeCapability < LeastComputeCapability)
            throw new EngineError($"cuda:{ordinal}, {name}, has compute capability {ComputeCapability / 10}.{ComputeCapability % 10}; "
                + "the kernels need 8.0 (Ampere, 2020) or later; use another GPU or the processor")
            { Remedy = Remedy.UseProcessor };
        driver.DevicePrimaryCtxRetain(out _context, _device).Check("cuDevicePrimaryCtxRetain");
        MakeCurrent();
        driver.StreamCreate(out var compute, NonBlocking).Check("cuStreamCreate");
        driver.StreamCreate(out var copy, NonBlocking).Check("cuStreamCreate");
        (ComputeStream, CopyStream) = (compute, copy);
        Convolutions = new(this);
    }

    /// <summary>Opens a GPU.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="ordinal">Its number, from 0, as nvidia-smi counts within CUDA_VISIBLE_DEVICES.</param>
    /// <param name="cudnn">cuDNN, or null to do without.</param>
    /// <param name="cublasLt">cuBLASLt, or null to do without.</param>
    /// <param name="tuningFile">File that remembers which implementation of each convolution is the fastest here; null: none is measured, and the
    /// engine's own kernels serve.</param>
    /// <exception cref="EngineError">There is no such GPU, or it is too old.</exception>
    /// <exception cref="CudaException">The driver refuses.</exception>
    /// <param name="onlyPortable">Whether kernels for one compute capability alone are left out, for checks of the others.</param>
    public static CudaDevice Open(ICudaDriver driver, int ordinal = 0, ICudnn? cudnn = null, ICublasLt? cublasLt = null, string? tuningFile = null,
        bool onlyPortable = false)
    {
        driver.Init(0).Check("cuInit");
        driver.DeviceGetCount(out var count).Check("cuDeviceGetCount");
        if (ordinal >= count)
            throw new EngineError($"there is no GPU cuda:{ordinal}; "
                + $"{(count == 1 ? "cuda:0 is the only one" : $"there are cuda:0 to cuda:{count - 1}")} (nvidia-smi lists them)");
        return new(driver, ordinal, cudnn, cublasLt) { TuningFile = tuningFile, OnlyPortable = onlyPortable };
    }

    /// <summary>The driver.</summary>
    public ICudaDriver Driver { get; }

    /// <summary>cuDNN, or null where it is not installed.</summary>
    public ICudnn? Cudnn { get; }

    /// <summary>cuBLASLt, or null where it is not installed.</summary>
    public ICublasLt? CublasLt { get; }

    /// <summary>Its number.</summary>
    public int Ordinal { get; }

    /// <summary>Its name, for example <c>NVIDIA H200</c>.</summary>
    public string Name { get; }

    /// <summary>1000·major + 10·minor of the newest CUDA the driver supports.</summary>
    public int DriverVersion { get; }

    /// <summary>10·major + minor: 80 for an A100, 90 for an H100.</summary>
    public int ComputeCapability { get; }

    /// <summary>Number of multiprocessors.</summary>
    public int Multiprocessors { get; }

    /// <summary>Most shared memory a block can ask for, bytes.</summary>
    public int MaxSharedBytes { get; }

    /// <summary>
    /// File that remembers which implementation of each convolution is the fastest here; null: none is measured, and the engine's own kernels serve.
    /// </summary>
    public string? TuningFile { get; private init; }

    /// <summary>Whether kernels for one compute capability alone are left out.</summary>
    internal bool OnlyPortable { get; private init; }

    /// <summary>The GPUs it trains together with, which it then owns; null: it is alone.</summary>
    internal CudaRanks? Ranks { get; set; }

    /// <summary>Chooses implementations of convolutions.</summary>
    internal ConvolutionChooser Convolutions { get; }

    /// <summary>The stream everything is computed on.</summary>
    internal nint ComputeStream { get; }

    /// <summary>The stream inputs travel on.</summary>
    internal nint CopyStream { get; }

    /// <summary>Binds the context to the calling thread; every public entry into the backend does it first.</summary>
    internal void MakeCurrent() => Driver.CtxSetCurrent(_context).Check("cuCtxSetCurrent");

    /// <summary>The same before freeing: a context that is lost frees everything by itself.</summary>
    internal void MakeCurrentToFree() => Driver.CtxSetCurrent(_context);

    /// <summary>A kernel of <c>kernels/ptx/&lt;module&gt;.ptx</c>.</summary>
    internal nint Function(string module, string entry)
    {
        if (_functions.TryGetValue((module, entry), out var known))
            return known;
        Driver.ModuleGetFunction(out var function, Module(module), entry).Check($"cuModuleGetFunction {module}.{entry}");
        return _functions[(module, entry)] = function;
    }

    /// <summary>The same, allowed to take that much dynamic shared memory.</summary>
    internal nint Function(string module, string entry, uint sharedBytes)
    {
        var function = Function(module, entry);
        if (sharedBytes > 0 && _sharedBytes.TryAdd(function, DefaultSharedBytes))
            // As many blocks at a time as registers allow: what the driver would choose by itself need not hold more than one.
            Driver.FuncSetAttribute(function, CudaFunctionAttribute.PreferredSharedMemoryCarveout, AllOfIt).Check($"cuFuncSetAttribute {entry}");
        // Never less than for an earlier launch, which is still to run.
        if (sharedBytes > _sharedBytes.GetValueOrDefault(function, DefaultSharedBytes))
        {
            Driver.FuncSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, (int)sharedBytes).Check($"cuFuncSetAttribute {entry}");
            _sharedBytes[function] = sharedBytes;
        }
        return function;
    }

    /// <summary>Free and total device memory, bytes.</summary>
    public (long Free, long Total) Memory()
    {
        MakeCurrent();
        Driver.MemGetInfo(out var free, out var total).Check("cuMemGetInfo");
        return ((long)free, (long)total);
    }

    /// <summary>Bytes of device memory that a program's plan may take: what is free, less what libraries, compiled kernels and workspace take on top.</summary>
    public long UsableMemory()
    {
        var free = Memory().Free;
        return free - Math.Min(Reserve, free / 8);
    }

    /// <summary>Copies to the device and waits until it is there: for what is set up once.</summary>
    internal void Upload(ulong address, ReadOnlySpan<byte> bytes)
    {
        using var staging = new PinnedBuffer(this, bytes.Length);
        bytes.CopyTo(staging.Bytes);
        Driver.MemcpyHtoDAsync(address, staging.Address, (nuint)bytes.Length, ComputeStream).Check("cuMemcpyHtoDAsync");
        Driver.StreamSynchronize(ComputeStream).Check("cuStreamSynchronize");
    }

    /// <summary>Launches a kernel on the compute stream.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="entry">Its name, for errors.</param>
    /// <param name="grid">Its blocks.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="arguments">What it is called with.</param>
    internal unsafe void Launch(nint function, string entry, Dim3 grid, uint threads, params ReadOnlySpan<KernelArgument> arguments)
    {
        var values = stackalloc ulong[arguments.Length];
        var pointers = stackalloc void*[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            values[i] = arguments[i].Bits;
            pointers[i] = &values[i];
        }
        Driver.LaunchKernel(function, grid, new Dim3(threads), 0, ComputeStream, pointers).Check($"cuLaunchKernel {entry}");
    }

    /// <summary>An event that orders streams and tells no time.</summary>
    internal nint CreateEvent()
    {
        Driver.EventCreate(out var made, DisableTiming).Check("cuEventCreate");
        return made;
    }

    private int Attribute(CudaDeviceAttribute attribute)
    {
        Driver.DeviceGetAttribute(out var value, attribute, _device).Check($"cuDeviceGetAttribute {attribute}");
        return value;
    }

    private nint Module(string name)
    {
        if (_modules.TryGetValue(name, out var known))
            return known;
        var status = Driver.ModuleLoadData(out var module, Ptx(name), out var log);
        if (status != CudaStatus.Success)
            throw new CudaException($"cuModuleLoadDataEx {name}.ptx", status, log.Trim());
        return _modules[name] = module;
    }

    /// <summary>The PTX of a module, zero-terminated.</summary>
    internal static byte[] Ptx(string name)
    {
        using var stream = typeof(CudaDevice).Assembly.GetManifestResourceStream($"ptx/{name}.ptx")
            ?? throw new InvalidOperationException($"there is no kernels/ptx/{name}.ptx; run build.sh kernels");
        using var reader = new StreamReader(stream);
        return Encoding.UTF8.GetBytes(reader.ReadToEnd() + '\0');
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        MakeCurrentToFree();
        Ranks?.Dispose();
        Convolutions.Dispose();
        foreach (var module in _modules.Values)
            Driver.ModuleUnload(module);
        Driver.StreamDestroy(ComputeStream);
        Driver.StreamDestroy(CopyStream);
        Driver.DevicePrimaryCtxRelease(_device);
    }
}
