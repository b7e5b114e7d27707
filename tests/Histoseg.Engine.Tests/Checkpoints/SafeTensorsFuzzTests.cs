using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Histoseg.Engine.Checkpoints;

namespace Histoseg.Engine.Tests.Checkpoints;

/// <summary>Whatever the bytes, a file gives tensors or an <see cref="EngineError"/>, and takes memory in proportion to its size.</summary>
public sealed class SafeTensorsFuzzTests : IDisposable
{
    private static readonly byte[] _valid = SafeTensorsTests.FileOf(
        """
        {"__metadata__":{"format":"pt"},"conv.weight":{"dtype":"F32","shape":[2,3,1,1],"data_offsets":[0,24]},
        "n":{"dtype":"I64","shape":[1],"data_offsets":[24,32]},"h":{"dtype":"BF16","shape":[4],"data_offsets":[32,40]}}
        """, 40);

    // Pieces that reach deeper than single bytes do.
    private static readonly string[] _pieces =
    [
        "\"", "{", "}", "[", "]", ",", ":", "null", "-1", "0", "1e3", "1e999", "9223372036854775807", "9223372036854775808", "4294967296,4294967296",
        "2000000000,2000000000,0,1", "[[[[", "{\"a\":", "\\ud800", "\\n", "\"dtype\":\"F64\",", "\"shape\":[0],", "\"data_offsets\":[0,0],", "\uFFFF",
        "\"n\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},", "\"m\":{\"dtype\":\"U8\",\"shape\":[40],\"data_offsets\":[0,40]},",
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property(MaxTest = 200)]
    public void Random_bytes(byte[] bytes) => Check(bytes);

    [Property(MaxTest = 200)]
    public void Random_bytes_behind_a_plausible_length(byte[] bytes, byte length) => Check([length, 0, 0, 0, 0, 0, 0, 0, (byte)'{', .. bytes]);

    [Property(MaxTest = 50)]
    public void Any_header_length(ulong length)
    {
        var file = (byte[])_valid.Clone();
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        Check(file);
    }

    [Property(MaxTest = 500)]
    public Property Mutated_files() => Prop.ForAll(Mutations(), file =>
    {
        Check(file);
        return true;
    });

    private static Arbitrary<byte[]> Mutations()
    {
        var edit = from place in Gen.Choose(0, 1 << 20)
                   from kind in Gen.Choose(0, 4)
                   from extra in Gen.Choose(0, 1 << 20)
                   from keepLength in Gen.Choose(0, 3)
                   select (place, kind, extra, keepLength);
        return edit.NonEmptyListOf().Resize(5).Select(edits => edits.Aggregate(_valid, Apply)).ToArbitrary();
    }

    private static byte[] Apply(byte[] file, (int Place, int Kind, int Extra, int KeepLength) edit)
    {
        if (file.Length < 9)
            return file;
        var at = 8 + edit.Place % (file.Length - 8);
        var count = Math.Min(edit.Extra % 30, file.Length - at);
        var changed = edit.Kind switch
        {
            0 => [.. file[..at], (byte)edit.Extra, .. file[(at + 1)..]],
            1 => [.. file[..at], .. file[(at + count)..]],
            2 => [.. file[..at], .. Encoding.UTF8.GetBytes(_pieces[edit.Extra % _pieces.Length]), .. file[at..]],
            3 => [.. file[..at], .. file[at..(at + count)], .. file[at..]],
            _ => file[..at],
        };
        // Mostly the header's length follows, so that the mutation reaches the JSON reader.
        if (edit.KeepLength > 0 && changed.Length >= 8)
            BinaryPrimitives.WriteInt64LittleEndian(changed,
                Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(changed) + changed.Length - file.Length, 0, changed.Length - 8));
        return changed;
    }

    [Fact]
    public void Many_tensors_over_the_same_bytes_do_not_fill_the_memory()
    {
        var entries = Enumerable.Range(0, 2000).Select(i => $$"""  "t{{i}}":{"dtype":"U8","shape":[100000],"data_offsets":[0,100000]} """);
        Check(SafeTensorsTests.FileOf($"{{{string.Join(',', entries)}}}", 100_000));
        Check(SafeTensorsTests.FileOf($"{{{string.Join(',', entries).Replace("U8", "F16").Replace("[100000]", "[50000]")}}}", 100_000));
    }

    [Fact]
    public async Task Empty_tensors_of_huge_extents_take_no_time()
    {
        foreach (var shape in new[] { "2000000000,2000000000,0,1", "0,2000000000,2000000000,1", "9000000000,1,1,0", "9000000000,0,9000000000,0" })
        {
            var file = SafeTensorsTests.FileOf($$$"""{"a":{"dtype":"F32","shape":[{{{shape}}}],"data_offsets":[0,0]}}""", 0);
            await Task.Run(() => Check(file)).WaitAsync(TimeSpan.FromSeconds(10));
        }
    }

    /// <summary>Opens and loads the file.</summary>
    private void Check(byte[] bytes)
    {
        var path = _folder.Write($"{Environment.CurrentManagedThreadId}.safetensors", bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var file = SafeTensors.Open(path);
            ParameterSet<float>.Load(file);
            foreach (var (name, tensor) in file.Tensors)
                Assert.Equal(tensor.Shape.Aggregate(1L, (n, d) => n * d), file.Read<double>(name).Length);
        }
        catch (EngineError e)
        {
            Assert.DoesNotContain('\n', e.Message);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000 + 40L * bytes.Length);
    }
}
