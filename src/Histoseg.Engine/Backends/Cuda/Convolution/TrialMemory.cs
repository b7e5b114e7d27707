using Histoseg.Cuda;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>Memory that implementations are tried on: numbers that look random for them to read, and places for their results.</summary>
/// <param name="device">The GPU.</param>
internal sealed class TrialMemory(CudaDevice device) : IDisposable
{
    private readonly List<ulong> _owned = [];
    private readonly List<CudaTensor> _results = [];
    private int _seed;

    /// <summary>What implementations write.</summary>
    public IReadOnlyList<CudaTensor> Results => _results;

    /// <summary>Address of numbers from -1 to 1.</summary>
    /// <exception cref="CudaException">Among others: there is not enough memory.</exception>
    public ulong Random(Shape shape, CudaElement element)
    {
        var tensor = Blank(shape, element);
        using var fill = ConvolutionTools.Over(device, $"conv_random_{tensor.Suffix}", tensor.Count, tensor, tensor.Count, ++_seed);
        fill.Run();
        return tensor.Address;
    }

    /// <summary>Address of something that is written.</summary>
    /// <exception cref="CudaException">Among others: there is not enough memory.</exception>
    public ulong Result(Shape shape, CudaElement element)
    {
        _results.Add(Blank(shape, element));
        return _results[^1].Address;
    }

    /// <summary>Memory with anything in it.</summary>
    /// <exception cref="CudaException">Among others: there is not enough memory.</exception>
    public CudaTensor Blank(Shape shape, CudaElement element)
    {
        var tensor = new CudaTensor(0, shape, element);
        return tensor with { Address = Allocate(tensor.Bytes) };
    }

    /// <summary>So many bytes, with anything in them.</summary>
    /// <exception cref="CudaException">Among others: there is not enough memory.</exception>
    public ulong Allocate(long bytes)
    {
        device.Driver.MemAlloc(out var address, (nuint)Math.Max(1, bytes)).Check($"cuMemAlloc {bytes}");
        _owned.Add(address);
        return address;
    }

    public void Dispose()
    {
        foreach (var address in _owned)
            device.Driver.MemFree(address);
        _owned.Clear();
    }
}
