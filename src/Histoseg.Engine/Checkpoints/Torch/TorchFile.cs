using System.Numerics;

namespace Histoseg.Engine.Checkpoints.Torch;

/// <summary>A file of PyTorch's <c>torch.save</c> (a zip, since PyTorch 1.6) opened for reading: its tensors, and nothing else of it.</summary>
/// <remarks>
/// Tensors that stand in mappings or lists within one another have the keys on the way to them as their names, joined by dots:
/// <c>state_dict.layer1.0.conv1.weight</c>. All of the description is checked when the file is opened; numbers are read when they are asked for. Nothing
/// in the file is run: see <see cref="PickleReader"/>.
/// </remarks>
public sealed class TorchFile : ITensorFile
{
    private readonly TorchArchive _archive;
    private readonly string _name;
    private readonly IReadOnlyDictionary<string, TorchTensor> _tensors;

    private TorchFile(TorchArchive archive, string name)
    {
        (_archive, _name) = (archive, name);
        var objects = new TorchObjects(name, archive.Damaged);
        _tensors = new TensorNames(archive.Damaged).Of(new PickleReader(new(archive.ReadPickle(), archive.Damaged), objects, archive.Damaged).Read());
        if (_tensors.Count == 0)
            throw new EngineError($"{name}: there is no tensor with a name in it; give a file of a state dict");
        foreach (var storage in _tensors.Values.Select(tensor => tensor.Storage).Distinct())
            archive.Require(storage);
        Shapes = _tensors.Where(tensor => NumberTypes.IsReal(tensor.Value.Storage.Type)).ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Shape);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long[]> Shapes { get; }

    /// <summary>Opens a file and checks its description.</summary>
    /// <param name="file">The zip, which is this object's from now on; it can be moved about in.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="EngineError">It is truncated or damaged, no file of <c>torch.save</c>, or asks for something else than tensors, which is
    /// named.</exception>
    public static TorchFile Open(Stream file, string name)
    {
        TorchArchive? archive = null;
        try
        {
            archive = new TorchArchive(file, name);
            return new TorchFile(archive, name);
        }
        catch
        {
            archive?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public T[] Read<T>(string name) where T : unmanaged, INumber<T>
    {
        if (!_tensors.TryGetValue(name, out var tensor))
            throw new EngineError($"{_name}: there is no tensor '{name}'");
        var size = NumberTypes.Bytes(tensor.Storage.Type);
        if (tensor.Span * size > Array.MaxLength)
            throw _archive.Damaged($"tensor '{name}' lies scattered over more than 2 GB");
        var numbers = NumberTypes.Convert<T>(tensor.Storage.Type, _archive.Read(tensor.Storage, tensor.Offset * size, (int)(tensor.Span * size)));
        return tensor.IsContiguous ? numbers : Gathered(numbers, tensor);
    }

    // Goes through the elements in PyTorch's order, the last index fastest.
    private static T[] Gathered<T>(T[] numbers, TorchTensor tensor)
    {
        var (gathered, index, at) = (new T[tensor.Elements], new long[tensor.Shape.Length], 0L);
        for (var i = 0; i < gathered.Length; i++)
        {
            gathered[i] = numbers[at];
            for (var axis = index.Length - 1; axis >= 0; axis--)
            {
                at += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis])
                    break;
                at -= index[axis] * tensor.Strides[axis];
                index[axis] = 0;
            }
        }
        return gathered;
    }

    /// <inheritdoc/>
    public void Dispose() => _archive.Dispose();
}
