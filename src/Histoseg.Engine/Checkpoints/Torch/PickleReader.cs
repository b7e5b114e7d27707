namespace Histoseg.Engine.Checkpoints.Torch;

/// <summary>
/// Reads a pickle as <c>torch.save</c> writes it. Nothing of it is ever run: what it builds are lists, mappings, text, numbers and descriptions of tensors,
/// and any other name that it asks for is refused.
/// </summary>
/// <remarks>
/// A pickle is a program for a machine with a stack, a memo and marks. Of its values there are: <see cref="PickleDict"/>, <see cref="List{T}"/> of objects,
/// tuples as arrays of objects, <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, null, and what
/// <see cref="TorchObjects"/> makes. The machine calls nothing of its own accord, so that no depth of nesting can overflow the program's stack, and it
/// stops after <see cref="MostSteps"/> instructions, of which each makes one value.
/// </remarks>
/// <param name="input">The bytes.</param>
/// <param name="objects">What knows the names that may be asked for.</param>
/// <param name="damaged">Makes the error for what is wrong, in words.</param>
internal sealed class PickleReader(PickleInput input, TorchObjects objects, Func<string, EngineError> damaged)
{
    /// <summary>A file of a thousand tensors with the state of their optimiser has some 50 000.</summary>
    public const int MostSteps = 1_000_000;

    private const int NewestProtocol = 5;

    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];

    /// <summary>Reads it to its end.</summary>
    /// <exception cref="EngineError">It is damaged, or asks for something else than tensors.</exception>
    public object? Read()
    {
        for (var step = 0; step < MostSteps; step++)
        {
            var op = (PickleOp)input.Byte();
            if (op == PickleOp.Stop)
                return Pop();
            Follow(op);
        }
        throw damaged($"its list of tensors has more than {MostSteps} instructions");
    }

    private void Follow(PickleOp op)
    {
        switch (op)
        {
            case PickleOp.Proto:
                if (input.Byte() is > NewestProtocol and var protocol)
                    throw damaged($"its pickle is of protocol {protocol}");
                break;
            case PickleOp.Frame:
                input.Length64();
                break;
            case PickleOp.Mark:
                _marks.Push(_stack.Count);
                break;
            case PickleOp.Pop:
                Pop();
                break;
            case PickleOp.PopMark:
                PopToMark();
                break;
            case PickleOp.Dup:
                Push(Top());
                break;
            case PickleOp.BinPut:
                _memo[input.Byte()] = Top();
                break;
            case PickleOp.LongBinPut:
                _memo[input.UInt32()] = Top();
                break;
            case PickleOp.Memoize:
                _memo[(uint)_memo.Count] = Top();
                break;
            case PickleOp.Append:
                var last = Pop();
                Top<List<object?>>().Add(last);
                break;
            case PickleOp.Appends:
                var added = PopToMark();
                Top<List<object?>>().AddRange(added);
                break;
            case PickleOp.SetItem:
                var (value, key) = (Pop(), Pop());
                Top<PickleDict>().Add(key, value);
                break;
            case PickleOp.SetItems:
                AddPairs(PopToMark());
                break;
            case PickleOp.Build:
                // State beside a mapping's items or a tensor's numbers, such as the versions of a state dict's layers.
                Pop();
                if (Top() is not (PickleDict or TorchTensor))
                    throw damaged("its list of tensors gives a state to what has none");
                break;
            default:
                Push(Value(op));
                break;
        }
    }

    private object? Value(PickleOp op) => op switch
    {
        PickleOp.None => null,
        PickleOp.NewTrue => true,
        PickleOp.NewFalse => false,
        PickleOp.BinInt => (long)input.Int32(),
        PickleOp.BinInt1 => (long)input.Byte(),
        PickleOp.BinInt2 => (long)input.UInt16(),
        PickleOp.Long1 => input.Long(input.Byte()),
        PickleOp.BinFloat => input.Double(),
        PickleOp.ShortBinUnicode or PickleOp.ShortBinString => input.Text(input.Byte()),
        PickleOp.BinUnicode => input.Text(input.UInt32()),
        PickleOp.BinString => input.Text(input.Int32()),
        PickleOp.BinUnicode8 => input.Text(input.Length64()),
        PickleOp.EmptyTuple => Array.Empty<object?>(),
        PickleOp.Tuple1 => Last(1),
        PickleOp.Tuple2 => Last(2),
        PickleOp.Tuple3 => Last(3),
        PickleOp.Tuple => PopToMark(),
        PickleOp.EmptyList => new List<object?>(),
        PickleOp.EmptyDict => new PickleDict(),
        PickleOp.BinGet => Recall(input.Byte()),
        PickleOp.LongBinGet => Recall(input.UInt32()),
        PickleOp.Global => objects.Named($"{input.Line()}.{input.Line()}"),
        PickleOp.StackGlobal => Last(2) is [string module, string name] ? objects.Named($"{module}.{name}")
            : throw damaged("it asks for a name that is no text"),
        PickleOp.Inst => throw objects.Refused($"{input.Line()}.{input.Line()}"),
        PickleOp.Ext1 => throw objects.Refused($"extension {input.Byte()}"),
        PickleOp.Ext2 => throw objects.Refused($"extension {input.UInt16()}"),
        PickleOp.Ext4 => throw objects.Refused($"extension {input.UInt32()}"),
        PickleOp.Reduce => Last(2) is [PickleName called, object?[] arguments] ? objects.Call(called, arguments) : throw damaged("it calls what is no name"),
        PickleOp.BinPersId => objects.Storage(Pop()),
        _ => throw objects.Refused($"the instruction 0x{(byte)op:x2}"),
    };

    private void AddPairs(object?[] pairs)
    {
        if (pairs.Length % 2 != 0)
            throw damaged("its list of tensors has a name without a value");
        var dict = Top<PickleDict>();
        for (var i = 0; i < pairs.Length; i += 2)
            dict.Add(pairs[i], pairs[i + 1]);
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Pop() => Last(1)[0];

    private object? Top() => _stack.Count > Floor ? _stack[^1] : throw Empty();

    private T Top<T>() where T : class => Top() as T ?? throw damaged("its list of tensors adds to what holds nothing");

    // What lies below the last mark is out of reach until the mark is gone.
    private int Floor => _marks.TryPeek(out var mark) ? mark : 0;

    private object?[] Last(int count)
    {
        if (_stack.Count - count < Floor)
            throw Empty();
        var values = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        var values = Last(_stack.Count - (_marks.TryPeek(out var mark) ? mark : throw damaged("its list of tensors ends what did not begin")));
        _marks.Pop();
        return values;
    }

    private object? Recall(uint index) => _memo.TryGetValue(index, out var value) ? value : throw damaged("its list of tensors refers to what is not there");

    private EngineError Empty() => damaged("its list of tensors uses a value that is not there");
}
