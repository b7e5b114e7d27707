using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Histoseg.Engine.Tests.Checkpoints;

/// <summary>A tensor for a file: a view of numbers that are a file of the zip.</summary>
/// <param name="Storage">The class of its storage: Float, Half …</param>
/// <param name="Bytes">All of the storage.</param>
/// <param name="Elements">How many numbers these are.</param>
/// <param name="Offset">The first that the tensor has.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Strides">Numbers from one index to the next.</param>
internal sealed record SampleTensor(string Storage, byte[] Bytes, long Elements, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>A tensor of float32 that is alone in its storage.</summary>
    public static SampleTensor Of(float[] values, params long[] shape) =>
        new("Float", MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), values.Length, 0, shape, Contiguous(shape));

    /// <summary>The strides of a tensor whose elements lie one after another.</summary>
    public static long[] Contiguous(long[] shape) => [.. shape.Select((_, axis) => shape.Skip(axis + 1).Aggregate(1L, (n, d) => n * d))];
}

/// <summary>A name that a pickle asks for.</summary>
internal sealed record SampleName(string Module, string Name);

/// <summary>A tuple; lists are written as lists.</summary>
internal sealed record SampleTuple(params object?[] Items);

/// <summary>Writes files as PyTorch's <c>torch.save</c> does, and pickles that it never would.</summary>
internal sealed class TorchSample
{
    private readonly MemoryStream _pickle = new();
    private readonly List<byte[]> _storages = [];
    private int _memo;

    /// <summary>The pickle so far.</summary>
    public byte[] Pickle => _pickle.ToArray();

    /// <summary>A file of a value: mappings (sequences of names and values), lists, tuples, text, numbers, tensors.</summary>
    public static byte[] File(object? value) => Zip(new TorchSample().Files(value));

    /// <summary>A file of a state dict.</summary>
    public static byte[] StateDict(IEnumerable<(string Name, SampleTensor Tensor)> tensors) =>
        File(tensors.ToDictionary(one => one.Name, one => (object?)one.Tensor));

    /// <summary>A file of any pickle, which may refer to storages by number.</summary>
    public static byte[] Zip(byte[] pickle, params byte[][] storages) => Zip([("archive/data.pkl", pickle), ("archive/byteorder", "little"u8.ToArray()),
        .. storages.Select((bytes, i) => ($"archive/data/{i}", bytes)), ("archive/version", "3\n"u8.ToArray())]);

    /// <summary>A zip, unpacked as PyTorch's are.</summary>
    public static byte[] Zip(IEnumerable<(string Name, byte[] Bytes)> files, CompressionLevel level = CompressionLevel.NoCompression)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, bytes) in files)
                using (var entry = zip.CreateEntry(name, level).Open())
                    entry.Write(bytes);
        return stream.ToArray();
    }

    /// <summary>The files of the zip for one value.</summary>
    public IReadOnlyList<(string Name, byte[] Bytes)> Files(object? value)
    {
        Raw(0x80, 2);
        Write(value);
        Raw('.');
        return [("archive/data.pkl", Pickle), ("archive/byteorder", "little"u8.ToArray()), .. _storages.Select((bytes, i) => ($"archive/data/{i}", bytes))];
    }

    /// <summary>Instructions and their arguments as they are.</summary>
    public TorchSample Raw(params int[] bytes)
    {
        foreach (var one in bytes)
            _pickle.WriteByte((byte)one);
        return this;
    }

    /// <summary>Text as it is.</summary>
    public TorchSample Raw(string text)
    {
        _pickle.Write(Encoding.UTF8.GetBytes(text));
        return this;
    }

    /// <summary>Writes a value, with the memo's entries that Python's pickler makes.</summary>
    public TorchSample Write(object? value) => value switch
    {
        null => Raw('N'),
        bool yes => Raw(yes ? 0x88 : 0x89),
        int number => Raw('J').Number(number),
        long number => Raw(0x8a, 8).Number(number),
        double number => Raw('G').BigEndian(number),
        string text => Raw('X').Number(Encoding.UTF8.GetByteCount(text)).Raw(text).Memoized(),
        SampleName name => Raw($"c{name.Module}\n{name.Name}\n").Memoized(),
        SampleTuple tuple => Items('(', tuple.Items).Raw('t').Memoized(),
        IReadOnlyDictionary<string, object?> dict => Dict(dict),
        IReadOnlyList<object?> list => Raw(']').Memoized().Items('(', list).Raw('e'),
        SampleTensor tensor => Tensor(tensor),
        _ => throw new ArgumentException($"{value.GetType()}"),
    };

    // An ordered mapping with a state beside its items, as a module's state_dict() is.
    private TorchSample Dict(IReadOnlyDictionary<string, object?> dict)
    {
        Write(new SampleName("collections", "OrderedDict")).Raw(')', 'R').Memoized().Raw('(');
        foreach (var (key, value) in dict)
            Write(key).Write(value);
        return Raw('u', '}').Memoized().Write("_metadata").Raw('}').Memoized().Raw('s', 'b');
    }

    private TorchSample Tensor(SampleTensor tensor)
    {
        _storages.Add(tensor.Bytes);
        return Write(new SampleName("torch._utils", "_rebuild_tensor_v2")).Raw('(')
            .Write(new SampleTuple("storage", new SampleName("torch", tensor.Storage + "Storage"), $"{_storages.Count - 1}", "cpu", tensor.Elements)).Raw('Q')
            .Write(tensor.Offset).Write(new SampleTuple([.. tensor.Shape.Cast<object?>()])).Write(new SampleTuple([.. tensor.Strides.Cast<object?>()]))
            .Write(false).Write(new SampleName("collections", "OrderedDict")).Raw(')', 'R').Raw('t').Memoized().Raw('R').Memoized();
    }

    private TorchSample Items(int mark, IReadOnlyList<object?> items)
    {
        Raw(mark);
        foreach (var item in items)
            Write(item);
        return this;
    }

    private TorchSample Memoized() => _memo < 256 ? Raw('q', _memo++) : Raw('r').Number(_memo++);

    private TorchSample Number(int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        _pickle.Write(bytes);
        return this;
    }

    private TorchSample Number(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _pickle.Write(bytes);
        return this;
    }

    private TorchSample BigEndian(double number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
        _pickle.Write(bytes);
        return this;
    }
}
