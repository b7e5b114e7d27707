using System.Buffers.Binary;
using System.Text;
using FsCheck.Xunit;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Checkpoints;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A file of a header, as text, and some data.</summary>
    internal static byte[] FileOf(string header, int dataBytes)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, text.Length);
        text.CopyTo(file, 8);
        return file;
    }

    [Property(MaxTest = 60)]
    public void What_is_written_is_read_back(int seed, byte a, byte b, byte c)
    {
        var (first, second, third) = (a % 40, b % 9, c % 5);
        var floats = Array.ConvertAll(Numbers.Draw(seed, first), v => (float)v);
        var doubles = Numbers.Draw(seed + 1, second * third);
        var longs = Array.ConvertAll(Numbers.Draw(seed + 2, third), v => (long)(v * 1e18));
        var writer = new SafeTensorsWriter();
        writer.Add<float>("floats", [first], floats);
        writer.Add<long>("läng \"quoted\"\n", [third, 1, 1], longs);
        writer.Add<double>("doubles", [second, 1, third], doubles);
        writer.Add<double>("scalar", [], [Math.PI]);
        writer.AddMetadata("iteration", $"{seed}");
        writer.AddMetadata("note", "α → \"β\"\n");
        var path = _folder["model.safetensors"];
        writer.Save(path);

        using var file = SafeTensors.Open(path);
        Assert.Equal(4, file.Tensors.Count);
        Assert.Equal(floats, file.Read<float>("floats"));
        Assert.Equal(doubles, file.Read<double>("doubles"));
        Assert.Equal(longs, file.Read<long>("läng \"quoted\"\n"));
        Assert.Equal([Math.PI], file.Read<double>("scalar"));
        Assert.Equal([second, 1, third], file.Tensors["doubles"].Shape);
        Assert.Equal(("F32", "F64", "I64"), (file.Tensors["floats"].Type, file.Tensors["doubles"].Type, file.Tensors["läng \"quoted\"\n"].Type));
        Assert.Equal(new Dictionary<string, string> { ["iteration"] = $"{seed}", ["note"] = "α → \"β\"\n" }, file.Metadata);
        Assert.Equal(Array.ConvertAll(floats, v => (double)v), file.Read<double>("floats"));
        Assert.Equal(0, file.Tensors.Values.Min(t => t.Offset) % 8);
    }

    [Fact]
    public void Half_precision_is_read()
    {
        var bytes = FileOf("""{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]}}""", 8);
        BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(^8), (Half)1.5);
        BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(^6), Half.NegativeInfinity);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(^4), 0x4049);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(^2), 0xBF80);
        using var file = SafeTensors.Open(_folder.Write("half", bytes));
        Assert.Equal([1.5f, float.NegativeInfinity], file.Read<float>("h"));
        Assert.Equal([3.140625f, -1], file.Read<float>("b"));
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[]", "wrong form")]
    [InlineData("null", "wrong form")]
    [InlineData("{\"a\":", "not JSON")]
    [InlineData("""{"a":[]}""", "wrong form")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "wrong form")]
    [InlineData("""{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "wrong form")]
    [InlineData("""{"a":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}}""", "unknown type 'F8'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "wrong form")]
    [InlineData("""{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", "wrong form")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}}""", "wrong form")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "does not fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}""", "negative extent")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}""", "wrong form")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", "wrong form")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "outside the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "outside the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[60,68]}}""", "outside the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}""", "outside the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "outside the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "shares bytes")]
    [InlineData("""{"__metadata__":{"a":[1]}}""", "wrong form")]
    [InlineData("""{"__metadata__":"a"}""", "wrong form")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "wrong form")]
    [InlineData("""{"line\nbreak":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "'line break'")]
    public void Hostile_headers_are_refused_in_one_line(string header, string because)
    {
        var path = _folder.Write("hostile", FileOf(header, 64));
        var message = Assert.Throws<EngineError>(() => SafeTensors.Open(path)).Message;
        Assert.StartsWith(path, message);
        Assert.Contains(because, message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Deep_and_long_headers_are_refused_briefly()
    {
        foreach (var header in new[]
        {
            new string('[', 100_000),
            string.Concat(Enumerable.Repeat("{\"a\":", 100_000)),
            $$$"""{"{{{new string('n', 100_000)}}}":{"dtype":"F8","shape":[],"data_offsets":[0,0]}}""",
            $$$"""{"a":{"dtype":"{{{new string('t', 100_000)}}}","shape":[],"data_offsets":[0,0]}}""",
            $$$"""{"a":{"dtype":"F32","shape":[0{{{string.Concat(Enumerable.Repeat(",1", 100_000))}}}],"data_offsets":[0,4]}}""",
        })
        {
            var path = _folder.Write("deep", FileOf(header, 64));
            Assert.InRange(Assert.Throws<EngineError>(() => SafeTensors.Open(path)).Message.Length, 1, path.Length + 500);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(40)]
    public void Short_files_are_refused(int length)
    {
        var whole = FileOf("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8);
        var path = _folder.Write("short", whole[..length]);
        Assert.Throws<EngineError>(() => SafeTensors.Open(path));
    }

    [Fact]
    public void Truncated_data_is_noticed_on_opening()
    {
        var whole = FileOf("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8);
        using (SafeTensors.Open(_folder.Write("whole", whole))) { }
        Assert.Contains("truncated", Assert.Throws<EngineError>(() => SafeTensors.Open(_folder.Write("cut", whole[..^1]))).Message);
    }

    [Fact]
    public void Files_that_are_missing_or_folders_are_named()
    {
        foreach (var path in new[] { _folder["missing"], _folder["no/such/folder"], _folder.Root })
            Assert.StartsWith(path, Assert.Throws<EngineError>(() => SafeTensors.Open(path)).Message);
        Assert.Throws<EngineError>(() => SafeTensors.Open(""));
        Assert.Throws<EngineError>(() => SafeTensors.Open("a\0b"));
    }

    [Fact]
    public void Unknown_tensor_is_named()
    {
        using var file = SafeTensors.Open(_folder.Write("empty", FileOf("{}", 0)));
        Assert.Contains("'weight'", Assert.Throws<EngineError>(() => file.Read<float>("weight")).Message);
    }

    [Fact]
    public void Writer_refuses_what_no_reader_takes()
    {
        var writer = new SafeTensorsWriter();
        writer.Add<float>("a", [2], [1, 2]);
        Assert.Throws<ArgumentException>(() => writer.Add<float>("a", [2], [1, 2]));
        Assert.Throws<ArgumentException>(() => writer.Add<float>("b", [3], [1, 2]));
        Assert.Throws<ArgumentException>(() => writer.Add<float>("__metadata__", [2], [1, 2]));
        Assert.Throws<ArgumentException>(() => writer.Add<short>("c", [2], [1, 2]));
    }
}
