using System.Runtime.InteropServices;
using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>A kernel bound to its arguments, grid and stream: running it is one call of the driver and allocates nothing.</summary>
internal sealed unsafe class CudaLaunch : IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly string _entry;
    private readonly nint _function, _stream;
    private readonly Dim3 _grid, _block;
    private readonly uint _sharedBytes;
    private readonly KernelArgument[] _arguments;
    private readonly ulong* _values;
    private readonly void** _pointers;

    public CudaLaunch(ICudaDriver driver, nint function, string entry, nint stream, Dim3 grid, Dim3 block, uint sharedBytes, KernelArgument[] arguments)
    {
        (_driver, _function, _entry, _stream, _grid, _block, _sharedBytes, _arguments) = (driver, function, entry, stream, grid, block, sharedBytes, arguments);
        _values = (ulong*)NativeMemory.Alloc((nuint)Math.Max(1, arguments.Length), sizeof(ulong));
        _pointers = (void**)NativeMemory.Alloc((nuint)Math.Max(1, arguments.Length), (nuint)sizeof(void*));
        for (var i = 0; i < arguments.Length; i++)
        {
            _values[i] = arguments[i].Bits;
            _pointers[i] = &_values[i];
            if (arguments[i].Structure is not { } structure)
                continue;
            // The argument's value is then where the structure lies.
            var copy = NativeMemory.Alloc((nuint)structure.Length);
            structure.CopyTo(new Span<byte>(copy, structure.Length));
            _values[i] = (ulong)copy;
            _pointers[i] = copy;
        }
    }

    /// <summary>Tells the arguments that point into the workspace where it is.</summary>
    public void Bind(ulong workspace)
    {
        for (var i = 0; i < _arguments.Length; i++)
            if (_arguments[i].IsWorkspace)
                _values[i] = workspace + _arguments[i].Bits;
    }

    public void Run()
    {
        var status = _driver.LaunchKernel(_function, _grid, _block, _sharedBytes, _stream, _pointers);
        if (status != CudaStatus.Success)
            status.Check($"cuLaunchKernel {_entry} {_grid} {_block}");
    }

    public void Dispose()
    {
        for (var i = 0; i < _arguments.Length; i++)
            if (_arguments[i].Structure is not null)
                NativeMemory.Free((void*)_values[i]);
        NativeMemory.Free(_values);
        NativeMemory.Free(_pointers);
    }
}
