using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Histoseg.Fuzz.Tests;

/// <summary>Feeds mutants to a reader: each must be read or refused with an error for users, soon and in little memory.</summary>
internal sealed partial class FuzzRun(FuzzFormat format, int seed, string failures)
{
    private const int LongestMessage = 700;

    // What a reader may take before it knows that a file is hostile, and a busy machine's patience.
    private const long MostBytes = 256L << 20;
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(20), Hanging = TimeSpan.FromMinutes(2);

    // Words of libraries and of .NET; users get ours.
    private static readonly string[] Foreign =
        ["Exception", "System.", "vips", "Vips", "XmlReader", "BytePositionInLine", "LineNumber:", "Path: $", "TIFFRead", "tiff2vips",
            "Parameter '", "libpng", "   at "];

    private readonly HashSet<string> _refusals = [];
    private int _read, _refused;
    private double _slowest;

    /// <summary>The figures so far, one line of a table.</summary>
    public string Figures => FormattableString.Invariant(
        $"| {format.Name} | {_read + _refused} | {_read} | {_refused} | {_refusals.Count} | {_slowest:0} ms |");

    /// <summary>Feeds mutants.</summary>
    /// <param name="inputs">How many.</param>
    public void Run(int inputs)
    {
        using var folder = new TempFolder();
        byte[] mutant = [];
        var number = 0;
        // A reader that never comes back can only be ended with the process; what it read is kept.
        using var watch = new Timer(_ =>
        {
            Keep(mutant, number);
            Environment.FailFast($"{format.Name}: mutant {number} of seed {seed} hangs; it is kept in {failures}");
        });
        for (; number < inputs; number++)
        {
            mutant = format.Make(new Random(unchecked(seed * 1_000_003 + number)));
            watch.Change(Hanging, Timeout.InfiniteTimeSpan);
            if (Feed(folder.Write(format.FileName, mutant), folder.Root) is { } fault)
            {
                Keep(mutant, number);
                Assert.Fail($"{format.Name}: mutant {number} of seed {seed}, kept in {failures}: {fault}");
            }
        }
    }

    // What is wrong with the answer; null: nothing.
    private string? Feed(string path, string folder)
    {
        var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
        string? fault = null;
        try
        {
            format.Read(path);
            _read++;
        }
        catch (UserError error)
        {
            _refused++;
            _refusals.Add(Varying().Replace(error.Message.Replace(folder, ""), "#"));
            fault = FaultOf(error.Message);
        }
        catch (Exception error)
        {
            fault = error.ToString();
        }
        _slowest = Math.Max(_slowest, clock.Elapsed.TotalMilliseconds);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        return fault ?? (clock.Elapsed > Slow ? $"it took {clock.Elapsed.TotalSeconds:0} s"
            : bytes > MostBytes ? $"it took {bytes >> 20} MiB" : null);
    }

    private string? FaultOf(string message) =>
        !format.ManyLines && message.Contains('\n') ? $"the message has several lines: {message}" // others are made visible where they are shown
        : !format.ManyLines && message.Length > LongestMessage ? $"the message is {message.Length} characters long: {message}"
        : Foreign.FirstOrDefault(message.Contains) is { } word ? $"the message says '{word}': {message}"
        : null;

    private void Keep(byte[] mutant, int number)
    {
        Directory.CreateDirectory(failures);
        File.WriteAllBytes(Path.Combine(failures, $"{seed}-{number}-{format.FileName}"), mutant);
    }

    // Names and numbers out of the file: without them, messages are as many as there are checks that mutants come to.
    [GeneratedRegex("'[^']*'|[0-9][0-9.,]*|<[^>]*>|\"[^\"]*\"")]
    private static partial Regex Varying();
}
