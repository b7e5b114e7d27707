using System.Globalization;
using Histoseg.Fuzz.Tests.Formats;
using Xunit.Abstractions;

namespace Histoseg.Fuzz.Tests;

/// <summary>
/// Whatever the bytes, every reader answers with what the file holds or with an error for users. <c>./build.sh torture fuzz</c> runs the same with
/// 100 000 mutants of each format and another seed each time.
/// </summary>
public class FuzzTests(ITestOutputHelper output)
{
    private static readonly int Inputs = Number("HISTOSEG_FUZZ_INPUTS", 2000), Seed = Number("HISTOSEG_FUZZ_SEED", 1);

    private static IEnumerable<FuzzFormat> Formats =>
        [.. AnnotationFormats.All, .. TextFormats.All, .. TensorFormats.All, .. TorchFormat.All, .. PictureFormats.All];

    public static TheoryData<string> Names => new(Formats.Select(format => format.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Mutants_are_read_or_refused(string name)
    {
        var folder = Path.Combine(Repository.Root, "out", "fuzz");
        var run = new FuzzRun(Formats.First(format => format.Name == name), Seed, folder);
        run.Run(Inputs);
        output.WriteLine(run.Figures);
        Directory.CreateDirectory(folder);
        File.AppendAllText(Path.Combine(folder, "figures.md"), run.Figures + "\n");
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
