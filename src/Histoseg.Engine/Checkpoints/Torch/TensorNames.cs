using System.Globalization;

namespace Histoseg.Engine.Checkpoints.Torch;

/// <summary>Finds the tensors in what a pickle holds: mappings and lists within one another, whose keys and places become names, joined by dots.</summary>
/// <param name="damaged">Makes the error for what is wrong, in words.</param>
internal sealed class TensorNames(Func<string, EngineError> damaged)
{
    // A pickle can refer to one list from many places, and to a list from within itself: small files that hold more than any memory, or are endless.
    private const int MostVisits = 2_000_000, MostTensors = 50_000, Deepest = 64, LongestName = 300;

    private readonly Dictionary<string, TorchTensor> _tensors = [];
    private readonly List<string> _path = [];
    private int _visits;

    /// <summary>The tensors by name.</summary>
    /// <exception cref="EngineError">There are too many, or two of one name.</exception>
    public IReadOnlyDictionary<string, TorchTensor> Of(object? root)
    {
        Visit(root);
        return _tensors;
    }

    private void Visit(object? value)
    {
        if (++_visits > MostVisits)
            throw damaged($"it holds more than {MostVisits} things");
        switch (value)
        {
            case TorchTensor tensor when _path.Count > 0:
                Add(string.Join('.', _path), tensor);
                break;
            case PickleDict dict:
                foreach (var (key, item) in dict.Pairs)
                    if (key is string or long)
                        Enter(key as string ?? ((long)key).ToString(CultureInfo.InvariantCulture), item);
                break;
            case IReadOnlyList<object?> list:
                for (var i = 0; i < list.Count; i++)
                    Enter(i.ToString(CultureInfo.InvariantCulture), list[i]);
                break;
        }
    }

    private void Enter(string name, object? value)
    {
        if (_path.Count == Deepest)
            throw damaged($"it is nested more than {Deepest} deep");
        _path.Add(name);
        Visit(value);
        _path.RemoveAt(_path.Count - 1);
    }

    private void Add(string name, TorchTensor tensor)
    {
        if (name.Length > LongestName)
            throw damaged($"a tensor's name has more than {LongestName} characters: '{name[..60]}…'");
        if (_tensors.Count == MostTensors)
            throw damaged($"it holds more than {MostTensors} tensors");
        if (!_tensors.TryAdd(name, tensor))
            throw damaged($"tensor '{name}' is there twice");
    }
}
