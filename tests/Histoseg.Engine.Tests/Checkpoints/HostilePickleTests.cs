namespace Histoseg.Engine.Tests.Checkpoints;

/// <summary>Pickles that would run something in Python, or take all memory: each is refused, and what it asks for is named.</summary>
public sealed class HostilePickleTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Attacks => new()
    {
        { "GLOBAL and REDUCE", "os.system" },
        { "STACK_GLOBAL and REDUCE", "posix.system" },
        { "NEWOBJ", "subprocess.Popen" },
        { "NEWOBJ of what is known", "the instruction 0x81" },
        { "NEWOBJ_EX of what is known", "the instruction 0x92" },
        { "INST", "os.system" },
        { "INST of what is known", "collections.OrderedDict" },
        { "OBJ", "builtins.eval" },
        { "OBJ of what is known", "the instruction 0x6f" },
        { "BUILD of an object", "__main__.Anything" },
        { "EXT1", "extension 7" },
        { "EXT2", "extension 772" },
        { "EXT4", "extension 67305985" },
        { "PERSID as text", "the instruction 0x50" },
        { "a name with dots", "torch._utils._rebuild_tensor_v2.__globals__" },
        { "a name of torch", "torch.load" },
        { "a name of ours in another module", "os.OrderedDict" },
    };

    [Theory, MemberData(nameof(Attacks))]
    public void What_would_run_something_is_refused_by_its_name(string attack, string named)
    {
        var trace = _folder["ran"];
        var command = $"touch {trace}";
        var pickle = new TorchSample().Raw(0x80, 4);
        TorchSample Short(string text) => pickle.Raw(0x8c, text.Length).Raw(text);
        switch (attack)
        {
            case "GLOBAL and REDUCE":
                pickle.Raw("cos\nsystem\n").Write(new SampleTuple(command)).Raw('R');
                break;
            case "STACK_GLOBAL and REDUCE":
                Short("posix");
                Short("system").Raw(0x93).Write(new SampleTuple(command)).Raw('R');
                break;
            case "NEWOBJ":
                pickle.Raw("csubprocess\nPopen\n").Write(new SampleTuple(command)).Raw(0x81);
                break;
            case "NEWOBJ of what is known":
                pickle.Raw("ccollections\nOrderedDict\n").Raw(')', 0x81);
                break;
            case "NEWOBJ_EX of what is known":
                pickle.Raw("ccollections\nOrderedDict\n").Raw(')', '}', 0x92);
                break;
            case "INST":
                pickle.Raw('(').Write(command).Raw("ios\nsystem\n");
                break;
            case "INST of what is known":
                pickle.Raw('(').Raw("icollections\nOrderedDict\n");
                break;
            case "OBJ":
                pickle.Raw('(').Raw("cbuiltins\neval\n").Write(command).Raw('o');
                break;
            case "OBJ of what is known":
                pickle.Raw('(').Raw("ccollections\nOrderedDict\n").Raw('o');
                break;
            case "BUILD of an object":
                pickle.Raw("c__main__\nAnything\n").Raw(')', 0x81, '}', 'b');
                break;
            case "EXT1":
                pickle.Raw(0x82, 7);
                break;
            case "EXT2":
                pickle.Raw(0x83, 4, 3);
                break;
            case "EXT4":
                pickle.Raw(0x84, 1, 2, 3, 4);
                break;
            case "PERSID as text":
                pickle.Raw("P0\n");
                break;
            case "a name with dots":
                Short("torch._utils");
                Short("_rebuild_tensor_v2.__globals__").Raw(0x93);
                break;
            case "a name of torch":
                pickle.Raw("ctorch\nload\n").Write(new SampleTuple("http://example.org/a.pth")).Raw('R');
                break;
            default:
                pickle.Raw("cos\nOrderedDict\n").Raw(')', 'R');
                break;
        }
        TorchFileTests.Refused(TorchSample.Zip(pickle.Raw('.').Pickle), $"it asks for '{named}'", "nothing of it was run", "torch.save(");
        Assert.False(File.Exists(trace));
    }

    [Fact]
    public void Names_that_would_move_a_cursor_or_fill_a_screen_are_cut()
    {
        var message = Assert.Throws<EngineError>(() => TorchFileTests.Open(TorchSample.Zip(
            new TorchSample().Raw(0x80, 2).Raw($"ca\u001b[2J{new string('x', 100_000)}\nb\n").Pickle))).Message;
        Assert.DoesNotContain('\u001b', message);
        Assert.True(message.Length < 700, message);
    }

    [Fact]
    public void Nesting_ends_no_program()
    {
        // [[[…]]]: lists within lists, and tuples within tuples, a hundred thousand deep.
        foreach (var one in new[] { 0x85, -1 })
        {
            var pickle = new TorchSample().Raw(0x80, 2).Raw(']');
            for (var i = 0; i < 100_000; i++)
                _ = one > 0 ? pickle.Raw(one) : pickle.Raw(']');
            for (var i = 0; i < 100_000 && one < 0; i++)
                pickle.Raw('a');
            TorchFileTests.Refused(TorchSample.Zip(pickle.Raw('.').Pickle), "nested more than 64 deep");
        }
        // A list that holds itself.
        TorchFileTests.Refused(TorchSample.Zip(new TorchSample().Raw(0x80, 2).Raw(']', 'q', 0, 'h', 0, 'a', '.').Pickle), "nested more than 64 deep");
    }

    [Fact]
    public void Few_bytes_that_stand_for_many_values_are_refused_soon()
    {
        // A list of ten times the list before it, thirty times: 10³⁰ values.
        var laughs = new TorchSample().Raw(0x80, 2).Raw(']', 'q', 0);
        for (var i = 0; i < 30; i++)
            laughs.Raw(']', 'q', i + 1, '(').Raw([.. Enumerable.Repeat(new[] { (int)'h', i }, 10).SelectMany(get => get)]).Raw('e');
        TorchFileTests.Refused(TorchSample.Zip(laughs.Raw('.').Pickle), "more than 2000000 things");

        // Mappings have no hash that could be made to collide, and as many of one key as one likes are told once.
        var many = new TorchSample().Raw(0x80, 2);
        for (var i = 0; i < 1_000_001; i++)
            many.Raw('N', '0');
        TorchFileTests.Refused(TorchSample.Zip(many.Pickle), "more than 1000000 instructions");
    }

    [Theory]
    [InlineData(0x8b, 0xff, 0xff, 0xff, 0x7f)] // a LONG4 of two billion digits
    [InlineData('X', 0xff, 0xff, 0xff, 0xff)] // text of 4 GB
    [InlineData('T', 0xff, 0xff, 0xff, 0xff)] // text of −1 bytes
    [InlineData(0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)]
    [InlineData('t')] // a tuple without a mark
    [InlineData('0')] // nothing to take away
    [InlineData('(', 'N', 'N', '(', 'R')] // below a mark
    [InlineData('h', 9)] // not in the memo
    [InlineData('N', 'N', 'N', 's')] // an item of no mapping
    [InlineData('}', '(', 'N', 'u')] // a key without a value
    [InlineData('N', 'N', 'b')] // a state of nothing
    [InlineData('N', 'Q')] // numbers that are not referred to as PyTorch does
    [InlineData('N', 'N', 'R')] // a call of nothing
    [InlineData('N', 'N', 0x93)] // a name that is no text
    [InlineData(0x80, 9)] // a protocol of the future
    [InlineData('c')]
    public void Instructions_without_what_they_need_are_damage(params int[] instructions) =>
        TorchFileTests.Refused(TorchSample.Zip(new TorchSample().Raw(0x80, 2).Raw(instructions).Pickle), "a.pth: ");

    [Fact]
    public void A_packed_description_that_unpacks_to_gigabytes_is_refused()
    {
        var zip = TorchSample.Zip([("archive/data.pkl", new byte[17 << 20])], System.IO.Compression.CompressionLevel.SmallestSize);
        Assert.True(zip.Length < 100_000);
        TorchFileTests.Refused(zip, "claims 17825792 bytes");
    }
}
