using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Histoseg.Engine.Checkpoints;

/// <summary>Collects tensors and writes them as one safetensors file, which appears whole or not at all.</summary>
public sealed class SafeTensorsWriter
{
    private readonly List<(string Name, string Type, long[] Shape, long Bytes, Action<Stream> Write)> _tensors = [];
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);

    /// <summary>Adds a float32, float64, int64 or int8 tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="data">Its elements, as many as the extents' product.</param>
    public void Add<T>(string name, long[] shape, ReadOnlySpan<T> data) where T : unmanaged
    {
        if (CountOf(shape) != data.Length)
            throw new ArgumentException($"{name}: {data.Length} elements for shape [{string.Join(", ", shape)}]");
        var bytes = MemoryMarshal.AsBytes(data).ToArray();
        Add<T>(name, shape, file => file.Write(bytes));
    }

    /// <summary>Adds a tensor whose elements are asked for when the file is written, so that no more than one tensor is held at a time.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="data">Gives its elements, as many as the extents' product.</param>
    internal void AddLater<T>(string name, long[] shape, Func<T[]> data) where T : unmanaged =>
        Add<T>(name, shape, file => file.Write(MemoryMarshal.AsBytes<T>(data())));

    private static long CountOf(long[] shape) => shape.Aggregate(1L, (n, d) => n * d);

    private unsafe void Add<T>(string name, long[] shape, Action<Stream> write) where T : unmanaged
    {
        var type = typeof(T) == typeof(float) ? "F32" : typeof(T) == typeof(double) ? "F64" : typeof(T) == typeof(long) ? "I64"
            : typeof(T) == typeof(sbyte) ? "I8" : throw new ArgumentException($"no safetensors type for {typeof(T).Name}");
        if (_tensors.Any(t => t.Name == name) || name == "__metadata__")
            throw new ArgumentException($"a file cannot hold two tensors named '{name}'");
        _tensors.Add((name, type, shape, CountOf(shape) * sizeof(T), write));
    }

    /// <summary>Adds a line of metadata.</summary>
    public void AddMetadata(string key, string value) => _metadata[key] = value;

    /// <summary>Writes the file through a temporary neighbour, flushed to disk before it takes its name.</summary>
    /// <exception cref="EngineError">The folder is not writable or the disk is full.</exception>
    public void Save(string path) => WholeFile.Write(path, Write);

    private void Write(Stream file)
    {
        var header = Header();
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        file.Write(prefix);
        file.Write(header);
        foreach (var tensor in _tensors)
            tensor.Write(file);
    }

    private byte[] Header()
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            if (_metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in _metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            var offset = 0L;
            foreach (var (name, type, shape, bytes, _) in _tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", type);
                json.WriteStartArray("shape");
                foreach (var extent in shape)
                    json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // The data starts at a multiple of 8, as readers that map the file expect.
        while (text.Length % 8 != 0)
            text.WriteByte((byte)' ');
        return text.ToArray();
    }
}
