using System.Buffers.Binary;
using System.Text.Json;

namespace Histoseg.Engine.Checkpoints;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Type">The format's type name: F64, F32, F16, BF16, I64, I32, U8.</param>
/// <param name="Shape">Extents, in the layout of the program that wrote it.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Bytes">Length in bytes.</param>
public sealed record SafeTensor(string Type, long[] Shape, long Offset, long Bytes);

/// <summary>A safetensors file opened for reading: 8 bytes header length, JSON header, tensor data.</summary>
/// <remarks>
/// The header is checked whole before any tensor is read: a hostile or truncated file gives an <see cref="EngineError"/>, never a large allocation.
/// </remarks>
public sealed class SafeTensors : ITensorFile
{
    private const long LongestHeader = 100 << 20;

    /// <summary>As many as PyTorch allows; keeps a hostile shape out of error messages.</summary>
    private const int MostExtents = 64;

    private readonly Stream _file;
    private readonly string _name;

    private SafeTensors(string name, Stream file, IReadOnlyDictionary<string, SafeTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        (_name, _file, Tensors, Metadata) = (name, file, tensors, metadata);
        Shapes = tensors.Where(tensor => NumberTypes.IsReal(tensor.Value.Type)).ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Shape);
    }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafeTensor> Tensors { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long[]> Shapes { get; }

    /// <summary>The header's <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="EngineError">The file is missing, truncated or not safetensors.</exception>
    public static SafeTensors Open(string path)
    {
        FileStream file;
        try
        {
            file = InputFile.Open(path);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new EngineError($"{path}: cannot be opened: {FileTrouble.InWords(e)}", e);
        }
        return Open(file, path);
    }

    /// <summary>The same of a file that is open already, and is this object's from now on.</summary>
    /// <param name="file">The file; it is read from the beginning and can be moved about in.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="EngineError">The file is truncated or not safetensors.</exception>
    public static SafeTensors Open(Stream file, string name)
    {
        try
        {
            var (tensors, metadata) = ReadHeader(name, file);
            return new SafeTensors(name, file, tensors, metadata);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads one tensor, converting its numbers to <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">float, double, int, long or byte.</typeparam>
    /// <exception cref="EngineError">There is no such tensor, or the file ends early.</exception>
    public T[] Read<T>(string name) where T : unmanaged, System.Numerics.INumber<T>
    {
        if (!Tensors.TryGetValue(name, out var tensor))
            throw new EngineError($"{_name}: there is no tensor '{name}'");
        var bytes = new byte[tensor.Bytes];
        _file.Position = tensor.Offset;
        try
        {
            _file.ReadExactly(bytes);
        }
        catch (IOException e)
        {
            throw new EngineError($"{_name}: tensor '{name}' cannot be read: {FileTrouble.InWords(e)}", e);
        }
        return NumberTypes.Convert<T>(tensor.Type, bytes);
    }

    private static (Dictionary<string, SafeTensor>, Dictionary<string, string>) ReadHeader(string path, Stream file)
    {
        EngineError Bad(string what) => new($"{path}: not a sound safetensors file: {FileText.OneLine(what)}; copy or export the file again");
        Span<byte> prefix = stackalloc byte[8];
        if (file.Length < 8)
            throw Bad($"it has only {file.Length} bytes");
        file.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader || (long)length > file.Length - 8)
            throw Bad($"its header claims {length} bytes and the file has {file.Length}");
        var header = new byte[(int)length];
        file.ReadExactly(header);
        var dataStart = 8 + (long)length;
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(header);
        }
        catch (JsonException e)
        {
            throw Bad($"its header is not JSON at byte {e.BytePositionInLine}");
        }
        using (json)
        {
            try
            {
                return ReadEntries(json.RootElement, dataStart, file.Length, Bad);
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
            {
                throw Bad("its header has an entry of the wrong form");
            }
        }
    }

    private static (Dictionary<string, SafeTensor>, Dictionary<string, string>) ReadEntries(
        JsonElement root, long dataStart, long fileLength, Func<string, EngineError> bad)
    {
        var (tensors, metadata) = (new Dictionary<string, SafeTensor>(), new Dictionary<string, string>());
        foreach (var entry in root.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
            {
                foreach (var pair in entry.Value.EnumerateObject())
                    metadata[pair.Name] = pair.Value.GetString() ?? "";
                continue;
            }
            var type = entry.Value.GetProperty("dtype").GetString() ?? "";
            if (entry.Value.GetProperty("shape").GetArrayLength() is > MostExtents and var extents)
                throw bad($"tensor '{entry.Name}' has {extents} extents");
            var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()).ToArray();
            var offsets = entry.Value.GetProperty("data_offsets").EnumerateArray().Select(d => d.GetInt64()).ToArray();
            if (NumberTypes.Bytes(type) == 0)
                throw bad($"tensor '{entry.Name}' has the unknown type '{type}'");
            if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > fileLength - dataStart)
                throw bad($"tensor '{entry.Name}' lies outside the file, which is perhaps truncated");
            var elements = shape.Aggregate(1L, (n, d) => d >= 0 ? checked(n * d) : throw bad($"tensor '{entry.Name}' has a negative extent"));
            var bytes = checked(elements * NumberTypes.Bytes(type));
            if (bytes != offsets[1] - offsets[0] || bytes > Array.MaxLength)
                throw bad($"tensor '{entry.Name}' of shape [{string.Join(", ", shape)}] does not fill its {offsets[1] - offsets[0]} bytes");
            if (!tensors.TryAdd(entry.Name, new SafeTensor(type, shape, dataStart + offsets[0], bytes)))
                throw bad($"tensor '{entry.Name}' is there twice");
        }
        // Tensors that share bytes would let a small file fill the memory.
        var end = dataStart;
        foreach (var (name, tensor) in tensors.Where(t => t.Value.Bytes > 0).OrderBy(t => t.Value.Offset))
        {
            if (tensor.Offset < end)
                throw bad($"tensor '{name}' shares bytes with another");
            end = tensor.Offset + tensor.Bytes;
        }
        return (tensors, metadata);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
