using Histoseg.Cli.Terminal;
using Histoseg.Engine.Devices;

namespace Histoseg.Cli.Tests;

public class ApplicationTests
{
    [Fact]
    public void Doctor_tells_what_is_here_on_stdout()
    {
        var (code, output, error) = Run("doctor");
        Assert.Equal(ExitCode.Success, code);
        Assert.Empty(error);
        Assert.All(["CPU:", "memory:", "GPU:", "OpenSlide:", "libvips:"],
            what => Assert.Contains(output.Split('\n'), line => line.StartsWith(what, StringComparison.Ordinal)));
        Assert.Matches("OpenSlide: +(3[0-9.]+; does not read DICOM|[4-9]|missing: )", output);
        Assert.Matches("libvips: +8[0-9.]+; reads TIFF with JPEG, ", output);
        Assert.Matches("GPU: +(CUDA [0-9.]+ |.*; the CPU backend serves)", output);
    }

    [Theory]
    [InlineData("docter", "engine: 'docter' is no verb; did you mean 'doctor'? See: engine -h")]
    [InlineData("doctor --fast", "engine: Unrecognized command or argument '--fast'. See: engine doctor -h")]
    [InlineData("--verbose", "engine: which verb? See: engine -h")]
    public void Bad_usage_is_one_line_and_code_2(string line, string message)
    {
        var (code, output, error) = Run(line.Split(' '));
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Empty(output);
        Assert.Equal(message, error.TrimEnd());
    }

    [Theory]
    [InlineData("infer --mpp 0,5", "--mpp 0,5: write decimals with a point, as in 0.5")]
    [InlineData("infer --mpp-override 0,25", "--mpp-override 0,25: write decimals with a point, as in 0.25")]
    [InlineData("infer --mpp=1,000.5", "--mpp 1,000.5: it is a number, as in 0.5")]
    [InlineData("infer --overlap ,5", "--overlap ,5: write decimals with a point, as in .5")]
    [InlineData("infer --mpp NaN", "--mpp NaN: it is a number, as in 0.5")]
    [InlineData("infer --mpp Infinity", "--mpp Infinity: the number is too large")]
    [InlineData("infer --mpp 1e999", "--mpp 1e999: the number is too large")]
    [InlineData("infer --batch-size 1.5", "--batch-size 1.5: it is a whole number")]
    [InlineData("infer --batch-size 1,5", "--batch-size 1,5: it is a whole number")]
    [InlineData("infer --batch-size abc", "--batch-size abc: it is a whole number")]
    [InlineData("infer --batch-size 3000000000", "--batch-size 3000000000: the number is too large")]
    [InlineData("infer --precision fp64", "--precision fp64: it is bf16, tf32 or fp32")]
    [InlineData("infer --precision 1", "--precision 1: it is bf16, tf32 or fp32")]
    [InlineData("synth --mpp 0,5", "--mpp 0,5: write decimals with a point, as in 0.5")]
    [InlineData("eval --size-limit 1e3", "--size-limit 1e3: it is a whole number")]
    public void A_value_that_cannot_be_read_is_told_in_our_words(string line, string message)
    {
        var verb = line.Split(' ')[0];
        var (code, output, error) = Run([.. line.Split(' '), .. NeededBy(verb)]);
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Empty(output);
        Assert.Equal($"engine: {message}. See: engine {verb} -h", error.TrimEnd());
    }

    [Theory]
    [InlineData("infer --mpp= -i a -o b -m c", "--mpp=")]
    [InlineData("infer -i a -o b -m c --threads=", "--threads=")]
    [InlineData("infer --mpp: -i a -o b -m c", "--mpp:")]
    [InlineData("infer -i a -o= -m c", "-o=")]
    [InlineData("infer --precision= -i a -o b -m c", "--precision=")]
    [InlineData("eval --origin= -c a -p b", "--origin=")]
    [InlineData("synth --seed= -o a", "--seed=")]
    public void An_option_without_its_value_is_named(string line, string option)
    {
        var (code, output, error) = Run(line.Split(' '));
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Empty(output);
        Assert.Equal($"engine: {option} has no value; is a variable of the shell not set?", error.TrimEnd());
    }

    // The library's own reading takes "0,5" for 5.
    [Fact]
    public void No_verb_reads_a_decimal_comma_as_anything()
    {
        var session = new Session(TextWriter.Null, TextWriter.Null, CancellationToken.None, DeviceOpener.OfThisMachine);
        var numbers = Application.AllVerbs(session).SelectMany(verb => verb.Options.Select(option => (Verb: verb.Name, Option: option)))
            .Where(pair => (Nullable.GetUnderlyingType(pair.Option.ValueType) ?? pair.Option.ValueType) is var type && (type.IsPrimitive || type.IsEnum)
                && type != typeof(bool)).ToList();
        Assert.True(numbers.Count > 15);
        Assert.All(numbers, pair =>
        {
            var (code, _, error) = Run([pair.Verb, pair.Option.Name, "0,5", .. NeededBy(pair.Verb)]);
            Assert.Equal(ExitCode.BadUsage, code);
            Assert.StartsWith($"engine: {pair.Option.Name} 0,5: ", error);
            Assert.DoesNotContain("System.", error);
        });
    }

    [Fact]
    public void All_misspelt_keys_are_told_together_a_line_each()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.yaml"], "sed: 1\ndata:\n  manifset: a.csv\n  patch_size: large\nnetwork: {widht: 8}\n");
        var (code, output, error) = Run("plan", "-c", folder["a.yaml"]);
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Empty(output);
        Assert.Equal(
            [
                $"engine: {folder["a.yaml"]}:1: unknown key 'sed'; did you mean 'seed'?",
                $"engine: {folder["a.yaml"]}:3: unknown key 'data.manifset'; did you mean 'data.manifest'?",
                $"engine: {folder["a.yaml"]}:4: data.patch_size is 'large'; expected a whole number up to 2147483647",
                $"engine: {folder["a.yaml"]}:5: unknown key 'network.widht'; did you mean 'network.width'?",
            ],
            error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void What_a_command_line_holds_cannot_steer_the_terminal()
    {
        var (code, _, error) = Run("train", "-c", "a\u001b]0;title\u0007\u202egnp.yaml");
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Equal("engine: a\\x1b]0;title\\x07\\u202egnp.yaml: the config cannot be read: no such file or folder; check the path", error.TrimEnd());
    }

    [Fact]
    public void What_was_stopped_has_not_failed()
    {
        using var folder = new TempFolder();
        using var error = new StringWriter();
        Assert.All([["synth", "-o", folder["slides"]], ["gradcheck"]],
            (string[] args) => Assert.Equal(ExitCode.Stopped, Application.Run(args, TextWriter.Null, error, new CancellationToken(canceled: true))));
        Assert.Contains("engine: stopped", error.ToString());
    }

    [Fact]
    public void Where_nobody_takes_messages_the_work_goes_on()
    {
        using var output = new StringWriter();
        Assert.Equal(ExitCode.BadUsage, Application.Run(["docter"], output, new ClosedTerminal(), CancellationToken.None));
    }

    private sealed class ClosedTerminal : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("Input/output error");
    }

    private static string[] NeededBy(string verb) => verb switch
    {
        "infer" => ["-i", "a.tif", "-o", "out", "-m", "model"],
        "eval" => ["-c", "a.yaml", "-p", "predictions"],
        "check" or "profile" or "bench" => ["-c", "a.yaml"],
        "synth" => ["-o", "out"],
        "review" => ["-p", "predictions"],
        "export" => ["-m", "model", "-o", "a.onnx"],
        "quantize" => ["-m", "model", "-o", "model-int8", "-i", "a.tif"],
        _ => [],
    };

    [Fact]
    public void Nothing_at_all_shows_the_help_and_is_bad_usage()
    {
        var (code, output, error) = Run();
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Empty(output);
        Assert.Contains("doctor", error);
    }

    [Fact]
    public void Every_verb_has_help_with_an_example_that_names_it()
    {
        var verbs = Run("-h").Output.Split("Commands:")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(' ')[0]).ToList();
        Assert.Contains("doctor", verbs);
        Assert.All(verbs, verb =>
        {
            var (code, output, _) = Run(verb, "-h");
            Assert.Equal(ExitCode.Success, code);
            Assert.Contains($"engine {verb}", output.Split("Examples:")[1]);
        });
    }

    internal static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = Application.Run(args, output, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
