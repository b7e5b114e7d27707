using System.Numerics;

namespace Histoseg.Engine.Checkpoints;

/// <summary>Named tensors in an open file, of which one at a time is read.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>The tensors of floating-point numbers by name, with their extents in PyTorch's order.</summary>
    IReadOnlyDictionary<string, long[]> Shapes { get; }

    /// <summary>Reads one tensor, converting its numbers to <typeparamref name="T"/>.</summary>
    /// <returns>Its elements in PyTorch's order, the last extent fastest.</returns>
    /// <exception cref="EngineError">There is no such tensor, or the file is damaged.</exception>
    T[] Read<T>(string name) where T : unmanaged, INumber<T>;
}
