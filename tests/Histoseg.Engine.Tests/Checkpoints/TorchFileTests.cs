using System.IO.Compression;
using System.Runtime.InteropServices;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Checkpoints.Torch;

namespace Histoseg.Engine.Tests.Checkpoints;

/// <summary>What files of <c>torch.save</c> hold, and what damaged ones are told to be.</summary>
public class TorchFileTests
{
    private static readonly float[] Numbers = [1, -2, 3.5f, 1e-8f, 0, 6];

    [Fact]
    public void Tensors_have_the_keys_on_the_way_to_them_as_names()
    {
        using var file = Open(TorchSample.File(new Dictionary<string, object?>
        {
            ["epoch"] = 7,
            ["seed"] = 5_000_000_000L,
            ["lr"] = 0.1,
            ["best"] = null,
            ["done"] = true,
            ["state_dict"] = new Dictionary<string, object?> { ["conv1.weight"] = SampleTensor.Of(Numbers, 2, 3, 1, 1), ["scalar"] = SampleTensor.Of([7]) },
            ["list"] = new object?[] { "text", new SampleTuple(SampleTensor.Of(Numbers, 6)) },
        }));
        Assert.Equal(["list.1.0", "state_dict.conv1.weight", "state_dict.scalar"], file.Shapes.Keys.Order());
        Assert.Equal([2, 3, 1, 1], file.Shapes["state_dict.conv1.weight"]);
        Assert.Equal(Numbers, file.Read<float>("state_dict.conv1.weight"));
        Assert.Equal([7], file.Read<float>("state_dict.scalar"));
        Assert.Empty(file.Shapes["state_dict.scalar"]);
    }

    [Fact]
    public void Numbers_of_other_types_are_converted_and_whole_ones_are_no_weights()
    {
        static SampleTensor Tensor<T>(string storage, params T[] values) where T : unmanaged =>
            new(storage, MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), values.Length, 0, [values.Length], [1]);
        using var file = Open(TorchSample.File(new Dictionary<string, object?>
        {
            ["double"] = Tensor("Double", 0.1, -3),
            ["half"] = Tensor("Half", (Half)1.5, (Half)(-0.25)),
            ["brain"] = Tensor<ushort>("BFloat16", 0x3FC0, 0xC000),
            ["bn.num_batches_tracked"] = Tensor("Long", 1L << 40),
            ["mask"] = Tensor<byte>("Bool", 1, 0),
        }));
        Assert.Equal(["brain", "double", "half"], file.Shapes.Keys.Order());
        Assert.Equal([0.1f, -3], file.Read<float>("double"));
        Assert.Equal([1.5f, -0.25f], file.Read<float>("half"));
        Assert.Equal([1.5f, -2], file.Read<float>("brain"));
        Assert.Equal([1L << 40], file.Read<long>("bn.num_batches_tracked"));
    }

    [Fact]
    public void Views_of_a_storage_are_gathered()
    {
        var bytes = MemoryMarshal.AsBytes(Enumerable.Range(0, 24).Select(i => (float)i).ToArray().AsSpan()).ToArray();
        SampleTensor View(long offset, long[] shape, params long[] strides) => new("Float", bytes, 24, offset, shape, strides);
        using var file = Open(TorchSample.File(new Dictionary<string, object?>
        {
            ["transposed"] = View(0, [3, 2], 1, 3),
            ["part"] = View(5, [2, 3], 6, 2),
            ["channels_last"] = View(0, [1, 3, 2, 4], 24, 1, 12, 3),
            ["expanded"] = View(4, [3, 2], 0, 1),
            ["empty"] = View(24, [0, 5], 5, 1),
            ["one"] = View(23, [1, 1], 99, 98),
        }));
        Assert.Equal([0, 3, 1, 4, 2, 5], file.Read<float>("transposed"));
        Assert.Equal([5, 7, 9, 11, 13, 15], file.Read<float>("part"));
        Assert.Equal([0, 3, 6, 9, 12, 15, 18, 21, 1, 4], file.Read<float>("channels_last")[..10]);
        Assert.Equal([4, 5, 4, 5, 4, 5], file.Read<float>("expanded"));
        Assert.Empty(file.Read<float>("empty"));
        Assert.Equal([23], file.Read<float>("one"));
    }

    [Fact]
    public void Protocol_4_parameters_and_Python_2_text_are_read()
    {
        // What pickle writes of {'p': torch.nn.Parameter(torch.tensor([1., 2.]))}, with frames, memo and names of protocol 4.
        var sample = new TorchSample().Raw(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0).Raw('}', 0x94, 0x8c, 1).Raw("p").Raw(0x94);
        sample.Raw(0x8c, 12).Raw("torch._utils").Raw(0x94, 0x8c, 18).Raw("_rebuild_parameter").Raw(0x94, 0x93, 0x94);
        sample.Raw('h', 2, 0x8c, 18).Raw("_rebuild_tensor_v2").Raw(0x94, 0x93, 0x94);
        sample.Raw('(', '(', 'U', 7).Raw("storage").Raw("ctorch\nFloatStorage\n").Raw('U', 1).Raw("0").Raw('U', 3).Raw("cpu").Raw('K', 2, 't', 'Q');
        sample.Raw('K', 0, 'K', 2, 0x85, 'K', 1, 0x85, 0x89).Raw("ccollections\nOrderedDict\n").Raw(')', 'R', 't', 'R');
        sample.Raw(0x88).Raw("ccollections\nOrderedDict\n").Raw(')', 'R', 0x87, 'R', 's', '.');
        using var file = Open(TorchSample.Zip(sample.Pickle, MemoryMarshal.AsBytes(new[] { 1f, 2f }.AsSpan()).ToArray()));
        Assert.Equal([1, 2], file.Read<float>("p"));
    }

    [Fact]
    public void A_description_may_be_packed_and_numbers_may_not()
    {
        var files = new TorchSample().Files(new Dictionary<string, object?> { ["a"] = SampleTensor.Of(new float[5000], 5000) });
        Refused(TorchSample.Zip(files, CompressionLevel.Optimal), "its numbers are packed", "zip -0");
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, bytes) in files)
                using (var entry = zip.CreateEntry(name, name.EndsWith(".pkl", StringComparison.Ordinal) ? CompressionLevel.Optimal
                    : CompressionLevel.NoCompression).Open())
                    entry.Write(bytes);
        using var file = Open(stream.ToArray());
        Assert.Equal(new float[5000], file.Read<float>("a"));
    }

    [Theory]
    [InlineData(4, 1L, 0L, "outside of its 6 numbers")]
    [InlineData(0, 3L, 0L, "outside of its 6 numbers")]
    [InlineData(-1, 1L, 0L, "outside of its 6 numbers")]
    [InlineData(0, -1L, 0L, "extents or strides that PyTorch does not allow")]
    [InlineData(0, 1L, -1L, "extents or strides that PyTorch does not allow")]
    [InlineData(0, long.MaxValue, 0L, "larger than any memory")]
    [InlineData(0, 0L, 1L << 40, "larger than 2 GB")]
    [InlineData(0, 0L, long.MaxValue, "larger than any memory")]
    public void Views_beyond_their_numbers_are_refused(long offset, long stride, long extent, string says) => Refused(
        TorchSample.File(new Dictionary<string, object?>
        {
            ["a"] = SampleTensor.Of(Numbers, 6) with { Offset = offset, Shape = [3, extent == 0 ? 1 : extent], Strides = [stride, 0] },
        }), says, "copy or download the file again");

    [Fact]
    public void Damaged_files_are_named()
    {
        var files = new TorchSample().Files(new Dictionary<string, object?> { ["a"] = SampleTensor.Of(Numbers, 6) });
        byte[] With(string name, byte[]? bytes) => TorchSample.Zip([.. files.Where(file => file.Name != name),
            .. bytes is null ? [] : new[] { (name, bytes) }]);
        var whole = TorchSample.Zip(files);
        Refused(whole[..^30], "zip is damaged or truncated");
        Refused(whole[..(whole.Length / 2)], "zip is damaged or truncated");
        Refused(With("archive/data/0", null), "no 'archive/data/0'");
        Refused(With("archive/data/0", new byte[23]), "has 23 bytes and not 24");
        Refused(With("archive/byteorder", "big"u8.ToArray()), "highest bytes first");
        Refused(With("archive/data.pkl", null), "no data.pkl");
        Refused(With("other/data.pkl", []), "data.pkl more than once");
        Refused(With("archive/constants.pkl", []), "TorchScript", "torch.jit.load");
        Refused(With("archive/data.pkl", files[0].Bytes[..^40]), "ends in the middle");
        Refused(TorchSample.File(SampleTensor.Of(Numbers, 6)), "no tensor with a name");
        Refused(TorchSample.File(new Dictionary<string, object?> { ["a"] = SampleTensor.Of(Numbers, 6) with { Strides = [] } }), "another number of strides");
        Refused(TorchSample.File(new Dictionary<string, object?> { ["a"] = SampleTensor.Of(Numbers, 6) with { Storage = "QInt8" } }), "'torch.QInt8Storage'");
        Refused(TorchSample.File(new Dictionary<string, object?>
        {
            ["a"] = new Dictionary<string, object?> { ["b"] = SampleTensor.Of(Numbers, 6) },
            ["a.b"] = SampleTensor.Of(Numbers, 6),
        }), "'a.b' is there twice");

        var spoilt = (byte[])whole.Clone();
        spoilt[whole.AsSpan().IndexOf(MemoryMarshal.AsBytes(Numbers.AsSpan()))] ^= 1;
        using var file = Open(spoilt);
        Assert.Contains("zip is damaged", Assert.Throws<EngineError>(() => file.Read<float>("a")).Message);
    }

    [Fact]
    public void Weights_are_those_of_the_same_safetensors_file_bit_by_bit()
    {
        using var folder = new TempFolder();
        var random = new Random(3);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
        (string Name, long[] Shape, float[] Values)[] tensors = [("conv.weight", [4, 3, 5, 2], Draw(120)), ("conv.bias", [4], Draw(4))];
        var writer = new SafeTensorsWriter();
        foreach (var (name, shape, values) in tensors)
            writer.Add<float>(name, shape, values);
        writer.Save(folder["a.safetensors"]);
        using var first = SafeTensors.Open(folder["a.safetensors"]);
        using var second = Open(TorchSample.StateDict(tensors.Select(one => (one.Name, SampleTensor.Of(one.Values, one.Shape)))));
        var (expected, actual) = (ParameterSet<float>.Load(first), ParameterSet<float>.Load(second));
        Assert.Equal(expected.Names, actual.Names);
        foreach (var name in expected.Names)
        {
            Assert.Equal(expected.ShapeOf(name), actual.ShapeOf(name));
            Assert.Equal(expected[name], actual[name]);
        }
    }

    internal static TorchFile Open(byte[] bytes) => TorchFile.Open(new MemoryStream(bytes), "a.pth");

    internal static void Refused(byte[] bytes, params string[] says)
    {
        var message = Assert.Throws<EngineError>(() => Open(bytes).Dispose()).Message;
        Assert.StartsWith("a.pth: ", message, StringComparison.Ordinal);
        Assert.All(says, word => Assert.Contains(word, message, StringComparison.Ordinal));
    }
}
