using System.Runtime.InteropServices;
using Histoseg.Cuda;
using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>All copies between host and one program's device memory.</summary>
internal sealed class CudaTransfers(CudaDevice device, CudaMemory memory) : IDisposable
{
    private const int ChunkBytes = 4 << 20;
    private readonly Dictionary<Value, InputSlot> _inputs = [];
    private PinnedBuffer? _chunk;

    private PinnedBuffer Chunk => _chunk ??= new(device, ChunkBytes);

    /// <summary>Fills a value: an input on the copy stream, beside what computes; anything else at once.</summary>
    public void Write<T>(Value value, ReadOnlySpan<T> numbers) where T : unmanaged
    {
        if (value.Kind == ValueKind.Input)
            Slot(value).Send(numbers, FillAction<T>(memory[value].Element));
        else
            WriteNow(memory.Stored(value), MemoryMarshal.Cast<T, float>(numbers));
    }

    /// <summary>Moves every input that was sent into its place, in order with what the compute stream does.</summary>
    public void TakeInputs()
    {
        foreach (var slot in _inputs.Values)
            if (slot.IsPending)
                slot.Take();
    }

    /// <summary>Waits for the compute stream and copies a tensor of numbers out.</summary>
    public void Read(CudaTensor tensor, Span<float> numbers)
    {
        var each = CudaTensor.BytesOf(tensor.Element);
        for (var at = 0; at < numbers.Length; at += ChunkBytes / each)
        {
            var part = numbers.Slice(at, Math.Min(ChunkBytes / each, numbers.Length - at));
            device.Driver.MemcpyDtoHAsync(Chunk.Address, tensor.Address + (ulong)((long)at * each), (nuint)(part.Length * each), device.ComputeStream)
                .Check("cuMemcpyDtoHAsync");
            device.Driver.StreamSynchronize(device.ComputeStream).Check("cuStreamSynchronize");
            if (tensor.Element == CudaElement.BFloat16)
                BFloat16Numbers.ToSingle(Chunk.As<ushort>()[..part.Length], part);
            else
                Chunk.As<float>()[..part.Length].CopyTo(part);
        }
    }

    private void WriteNow(CudaTensor tensor, ReadOnlySpan<float> numbers)
    {
        var each = CudaTensor.BytesOf(tensor.Element);
        for (var at = 0; at < numbers.Length; at += ChunkBytes / each)
        {
            var part = numbers.Slice(at, Math.Min(ChunkBytes / each, numbers.Length - at));
            if (tensor.Element == CudaElement.BFloat16)
                BFloat16Numbers.FromSingle(part, Chunk.As<ushort>());
            else
                part.CopyTo(Chunk.As<float>());
            device.Driver.MemcpyHtoDAsync(tensor.Address + (ulong)((long)at * each), Chunk.Address, (nuint)(part.Length * each), device.ComputeStream)
                .Check("cuMemcpyHtoDAsync");
            device.Driver.StreamSynchronize(device.ComputeStream).Check("cuStreamSynchronize");
        }
    }

    private InputSlot Slot(Value input) => _inputs.TryGetValue(input, out var slot) ? slot : _inputs[input] = new InputSlot(device, memory, input);

    private static FillAction<T> FillAction<T>(CudaElement element) where T : unmanaged =>
        element == CudaElement.BFloat16
            ? static (numbers, bytes) => BFloat16Numbers.FromSingle(MemoryMarshal.Cast<T, float>(numbers), MemoryMarshal.Cast<byte, ushort>(bytes))
            : static (numbers, bytes) => MemoryMarshal.AsBytes(numbers).CopyTo(bytes);

    public void Dispose()
    {
        foreach (var slot in _inputs.Values)
            slot.Dispose();
        _inputs.Clear();
        _chunk?.Dispose();
    }
}
