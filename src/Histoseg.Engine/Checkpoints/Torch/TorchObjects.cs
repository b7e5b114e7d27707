namespace Histoseg.Engine.Checkpoints.Torch;

/// <summary>The few names that a file of tensors asks for, and what becomes of them here; every other is refused.</summary>
/// <param name="file">What errors call the file.</param>
/// <param name="damaged">Makes the error for what is wrong, in words.</param>
/// <remarks>As PyTorch's <c>torch/_utils.py</c> has them.</remarks>
internal sealed class TorchObjects(string file, Func<string, EngineError> damaged)
{
    private const string Dict = "collections.OrderedDict", Size = "torch.Size", Tensor = "torch._utils._rebuild_tensor_v2",
        Parameter = "torch._utils._rebuild_parameter";

    // Takes state dicts, alone or beside other things, and those of whole modules.
    private const string Resave = "python3 -c \"import torch; c = torch.load('old.pth', 'cpu', weights_only=False); "
        + "c = c.state_dict() if hasattr(c, 'state_dict') else c; torch.save({k: v for k, v in c.items() "
        + "if torch.is_tensor(v) or isinstance(v, dict) and all(map(torch.is_tensor, v.values()))}, 'new.pth')\"";

    private const int LongestName = 100;

    // As many as PyTorch allows.
    private const int MostExtents = 64;

    // What numbers are that are read, by the name of the class of their storages.
    private static readonly Dictionary<string, string> Types = new()
    {
        ["torch.DoubleStorage"] = "F64",
        ["torch.FloatStorage"] = "F32",
        ["torch.HalfStorage"] = "F16",
        ["torch.BFloat16Storage"] = "BF16",
        ["torch.LongStorage"] = "I64",
        ["torch.IntStorage"] = "I32",
        ["torch.ShortStorage"] = "I16",
        ["torch.CharStorage"] = "I8",
        ["torch.ByteStorage"] = "U8",
        ["torch.BoolStorage"] = "BOOL",
    };

    private static readonly HashSet<string> Known =
    [
        Dict, Size, Tensor, Parameter, .. Types.Keys,
        "torch.float64", "torch.float32", "torch.float16", "torch.bfloat16",
        "torch.int64", "torch.int32", "torch.int16", "torch.int8", "torch.uint8", "torch.bool",
    ];

    /// <summary>A name that is asked for.</summary>
    /// <exception cref="EngineError">It is none of the few.</exception>
    public PickleName Named(string name) => Known.Contains(name) ? new(name) : throw Refused(name);

    /// <summary>The error for what is not built.</summary>
    /// <param name="what">A name, or another thing that the file asks for.</param>
    public EngineError Refused(string what) => new($"{file}: it asks for '{FileText.OneLine(what, LongestName)}', and only tensors are built of such a file: "
        + $"nothing of it was run; if you trust the file, save its tensors alone with PyTorch: {Resave}");

    /// <summary>What comes of a call.</summary>
    public object? Call(PickleName called, object?[] arguments) => (called.Name, arguments) switch
    {
        (Dict, []) => new PickleDict(),
        (Dict, [List<object?> pairs]) => Filled(pairs),
        (Size, [object?[] extents]) => extents,
        (Parameter, [TorchTensor tensor, ..]) => tensor,
        (Tensor, [TorchStorage storage, long offset, object?[] shape, object?[] strides, ..]) => View(storage, offset, shape, strides),
        _ => throw damaged($"it calls {called.Name} with something else than PyTorch does"),
    };

    /// <summary>The storage that a pickle refers to by <c>('storage', class, key, device, elements)</c>.</summary>
    public TorchStorage Storage(object? reference) =>
        reference is object?[] and ["storage", PickleName type, string key, string, long elements] && Types.TryGetValue(type.Name, out var numbers)
            && elements >= 0
        ? new(numbers, key, elements)
        : throw damaged("it refers to numbers in another way than PyTorch does");

    private PickleDict Filled(List<object?> pairs)
    {
        var dict = new PickleDict();
        foreach (var pair in pairs)
        {
            var (key, value) = pair switch
            {
                object?[] and [var first, var second] => (first, second),
                List<object?> and [var first, var second] => (first, second),
                _ => throw damaged("a mapping has an item that is no pair"),
            };
            dict.Add(key, value);
        }
        return dict;
    }

    private TorchTensor View(TorchStorage storage, long offset, object?[] shape, object?[] strides)
    {
        long[] Numbers(object?[] values) => values.Length <= MostExtents && values.All(value => value is >= 0L)
            ? [.. values.Cast<long>()]
            : throw damaged("a tensor has extents or strides that PyTorch does not allow");
        var tensor = new TorchTensor(storage, offset, Numbers(shape), Numbers(strides));
        if (tensor.Shape.Length != tensor.Strides.Length)
            throw damaged("a tensor has another number of strides than of extents");
        try
        {
            if (offset < 0 || offset > storage.Elements || tensor.Span > storage.Elements - offset)
                throw damaged($"a tensor of shape [{string.Join(", ", tensor.Shape)}] lies outside of its {storage.Elements} numbers");
            return checked(tensor.Elements * NumberTypes.Bytes("F64")) <= Array.MaxLength ? tensor
                : throw damaged($"a tensor of shape [{string.Join(", ", tensor.Shape)}] is larger than 2 GB");
        }
        catch (OverflowException)
        {
            throw damaged($"a tensor of shape [{string.Join(", ", tensor.Shape)}] is larger than any memory");
        }
    }
}
