using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Histoseg.Engine.Checkpoints;

/// <summary>Collects tensors and writes them as one safetensors file, which appears whole or not at all.</summary>
public sealed class SafeTensorsWriter
{
    private readonly List<(string Name, string Type, long[] Shape, byte[] Data)> _tensors = [];
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);

    /// <summary>Adds a float32, float64 or int64 tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="data">Its elements, as many as the extents' product.</param>
    public void Add<T>(string name, long[] shape, ReadOnlySpan<T> data) where T : unmanaged
    {
        var type = typeof(T) == typeof(float) ? "F32" : typeof(T) == typeof(double) ? "F64" : typeof(T) == typeof(long) ? "I64"
            : throw new ArgumentException($"no safetensors type for {typeof(T).Name}");
        if (shape.Aggregate(1L, (n, d) => n * d) != data.Length)
            throw new ArgumentException($"{name}: {data.Length} elements for shape [{string.Join(", ", shape)}]");
        if (_tensors.Any(t => t.Name == name) || name == "__metadata__")
            throw new ArgumentException($"a file cannot hold two tensors named '{name}'");
        _tensors.Add((name, type, shape, MemoryMarshal.AsBytes(data).ToArray()));
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
            file.Write(tensor.Data);
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
            foreach (var (name, type, shape, data) in _tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", type);
                json.WriteStartArray("shape");
                foreach (var extent in shape)
                    json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += data.Length);
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
