namespace Histoseg.Engine.Checkpoints.Torch;

/// <summary>A name that a pickle may ask for: what it can call, or an element type.</summary>
/// <param name="Name">Module and name.</param>
internal sealed record PickleName(string Name);

/// <summary>Numbers in a file of the archive, which tensors are views of.</summary>
/// <param name="Type">What they are, see <see cref="NumberTypes"/>.</param>
/// <param name="Key">The file's name in the folder <c>data</c>.</param>
/// <param name="Elements">How many there are.</param>
internal sealed record TorchStorage(string Type, string Key, long Elements);

/// <summary>A tensor: a view of a storage.</summary>
/// <param name="Storage">Where its numbers are.</param>
/// <param name="Offset">The first of them.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Strides">Elements of the storage from one index to the next, of each extent; 0 or more.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Number of its elements; where that is too large to be counted, an <see cref="OverflowException"/>.</summary>
    public long Elements => Shape.Aggregate(1L, (count, extent) => checked(count * extent));

    /// <summary>Elements of the storage from the first that it uses to the last, both counted.</summary>
    public long Span => Elements == 0 ? 0 : Shape.Zip(Strides).Aggregate(1L, (span, axis) => checked(span + (axis.First - 1) * axis.Second));

    /// <summary>Whether its elements lie in the storage one after another.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var axis = Shape.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected)
                    return false;
                expected *= Shape[axis];
            }
            return true;
        }
    }
}
