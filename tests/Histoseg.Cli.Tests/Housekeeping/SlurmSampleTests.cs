using System.Diagnostics;
using System.Text.RegularExpressions;
using Histoseg.Engine.Devices;

namespace Histoseg.Cli.Tests.Housekeeping;

/// <summary>The scripts for Slurm are scripts, and ask the program for what it has.</summary>
public partial class SlurmSampleTests
{
    public static TheoryData<string> Scripts =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "samples", "slurm"), "*.sbatch").Select(path => Path.GetFileName(path))];

    private static string PathOf(string script) => Path.Combine(Repository.Root, "samples", "slurm", script);

    [SkippableTheory, MemberData(nameof(Scripts))]
    public void Bash_can_read_them(string script)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "bash is Linux's");
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-n", PathOf(script)]) { RedirectStandardError = true })!;
        var error = bash.StandardError.ReadToEnd();
        bash.WaitForExit();
        Assert.Equal((0, ""), (bash.ExitCode, error));
    }

    [Theory, MemberData(nameof(Scripts))]
    public void Their_verbs_and_options_are_there(string script)
    {
        var verbs = Application.AllVerbs(new(TextWriter.Null, TextWriter.Null, CancellationToken.None, DeviceOpener.OfThisMachine))
            .ToDictionary(verb => verb.Name);
        var calls = Call().Matches(File.ReadAllText(PathOf(script)));
        Assert.NotEmpty(calls);
        Assert.All(calls, call =>
        {
            var verb = verbs[call.Groups[1].Value];
            var names = verb.Options.SelectMany(option => option.Aliases.Append(option.Name)).ToHashSet();
            Assert.All(Option().Matches(call.Groups[2].Value), option => Assert.Contains(option.Value, names));
            Assert.All(verb.Options.Where(option => option.Required),
                needed => Assert.Contains(Option().Matches(call.Groups[2].Value), option => needed.Aliases.Append(needed.Name).Contains(option.Value)));
        });
    }

    [Fact]
    public void There_is_one_for_segmenting_and_one_for_training() =>
        Assert.All(["infer.sbatch", "train.sbatch"], script => Assert.True(File.Exists(PathOf(script)), script));

    [GeneratedRegex(@"srun engine ([a-z]+)(.*)")]
    private static partial Regex Call();

    [GeneratedRegex(@"(?<= )--?[a-z][a-z-]*")]
    private static partial Regex Option();
}
