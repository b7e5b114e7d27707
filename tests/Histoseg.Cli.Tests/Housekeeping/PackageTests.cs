using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Histoseg.Cli.Tests.Housekeeping;

/// <summary>What is restored is locked, and the libraries pack as NuGet packages.</summary>
public partial class PackageTests
{
    private static readonly string[] Folders = ["src", "tools", "benchmarks", "tests", "samples"];

    public static TheoryData<string> Projects => [.. Folders.Select(folder => Path.Combine(Repository.Root, folder)).Where(Directory.Exists)
        .SelectMany(folder => Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories))
        .Select(project => Path.GetRelativePath(Repository.Root, project).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_project_is_locked_and_its_lock_names_no_host(string project)
    {
        var file = Path.Combine(Repository.Root, Path.GetDirectoryName(project)!, "packages.lock.json");
        Assert.True(File.Exists(file), $"{project} has no packages.lock.json; dotnet restore writes it");
        Assert.DoesNotContain("://", File.ReadAllText(file));
    }

    [Theory]
    [InlineData("Histoseg.Cuda", "Bindings of the CUDA driver")]
    [InlineData("Histoseg.Segmentation", "Semantic segmentation of whole slides")]
    [InlineData("Histoseg.Training", "Trains segmentation networks")]
    [InlineData("Histoseg.Weights", "Weights of ImageNet")]
    public void A_library_packs_with_its_documentation_README_and_licence(string library, string about)
    {
        using var folder = new TempFolder();
        Dotnet("pack", $"src/{library}", "--no-build", "-c", Configuration, "-o", folder[""]);
        using var package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(folder[""])));
        var entries = package.Entries.ToDictionary(entry => entry.FullName);
        foreach (var name in new[] { $"lib/net10.0/{library}.dll", $"lib/net10.0/{library}.xml", "README.md", "THIRD-PARTY-NOTICES.md" })
            Assert.True(entries.TryGetValue(name, out var entry) && entry.Length > 0, $"{name} is not in {string.Join(", ", entries.Keys)}");
        Assert.DoesNotContain(entries.Keys, name => name.EndsWith(".pdb", StringComparison.Ordinal));

        using var reader = new StreamReader(entries[$"{library}.nuspec"].Open());
        var description = reader.ReadToEnd();
        Assert.Contains("""<license type="expression">Apache-2.0</license>""", description);
        Assert.Contains("<readme>README.md</readme>", description);
        Assert.Contains("<authors>Histoseg Engine contributors</authors>", description);
        Assert.Contains($"<description>{about}", description);
    }

    [Theory]
    [InlineData("src/Histoseg.Engine", "true")]
    [InlineData("src/Histoseg.Cli", "false")]
    [InlineData("tools/Histoseg.ConvertWeights", "false")]
    [InlineData("benchmarks/Histoseg.GpuCheck", "false")]
    [InlineData("tests/Histoseg.Cuda.Tests", "false")]
    [InlineData("tests/Histoseg.SoftwareCuda", "false")]
    public void Only_libraries_are_packages(string project, string packs) =>
        Assert.Equal(packs, Dotnet("msbuild", project, "-getProperty:IsPackable").Trim().ToLowerInvariant());

    // The packed library must be the one these tests were built with.
    private static string Configuration => ConfigurationFolder().Match(AppContext.BaseDirectory).Value;

    private static string Dotnet(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}:\n{output}");
        return output;
    }

    [GeneratedRegex(@"(?<=[\\/]bin[\\/])\w+")]
    private static partial Regex ConfigurationFolder();
}
