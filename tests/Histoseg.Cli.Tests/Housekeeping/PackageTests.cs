using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Histoseg.Cli.Tests.Housekeeping;

/// <summary>What is restored is locked, and the libraries pack as NuGet packages.</summary>
public partial class PackageTests(PackageTests.AskedOnce asked) : IClassFixture<PackageTests.AskedOnce>
{
    private static readonly string[] Libraries = ["Histoseg.Cuda", "Histoseg.Segmentation", "Histoseg.Training", "Histoseg.Weights"];

    private static readonly string[] Folders = ["src", "tools", "benchmarks", "tests", "samples"];

    public static TheoryData<string> Projects => [.. Paths];

    private static IEnumerable<string> Paths => Folders.Select(folder => Path.Combine(Repository.Root, folder)).Where(Directory.Exists)
        .SelectMany(folder => Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories))
        .Select(project => Path.GetRelativePath(Repository.Root, project).Replace('\\', '/')).Order(StringComparer.Ordinal);

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
        using var package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(asked.Packages, $"{library}.*")));
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
        Assert.Equal(packs, asked.Packable[project].ToLowerInvariant());

    /// <summary>What MSBuild says of the projects, and the packages it makes of four: asked once, because each start of it takes seconds.</summary>
    public sealed class AskedOnce : IDisposable
    {
        private const string Telling = """
            <Project>
              <Target Name="TellPackable" Returns="@(Told)">
                <ItemGroup>
                  <Told Include="$(MSBuildProjectFullPath)" Packs="$(IsPackable)" />
                </ItemGroup>
              </Target>
            </Project>
            """;

        private readonly TempFolder _folder = new();

        public AskedOnce()
        {
            _folder.Write("tell.targets", Telling);
            var asking = _folder.Write("ask.proj", $"""
                <Project>
                  <ItemGroup>
                    {Items("Library", Libraries.Select(name => $"src/{name}/{name}.csproj"))}
                    {Items("Any", Paths)}
                  </ItemGroup>
                  <Target Name="Pack">
                    <MSBuild Projects="@(Library)" Targets="Pack" BuildInParallel="true" />
                  </Target>
                  <Target Name="Tell">
                    <MSBuild Projects="@(Any)" Targets="TellPackable" Properties="CustomAfterMicrosoftCommonTargets=$(MSBuildThisFileDirectory)tell.targets">
                      <Output TaskParameter="TargetOutputs" ItemName="Told" />
                    </MSBuild>
                    <Message Importance="high" Text="packs: %(Told.Identity)|%(Told.Packs)" />
                  </Target>
                </Project>
                """);
            Dotnet("pack", asking, "--no-build", "-c", Configuration, "-o", Packages);
            Packable = Told().Matches(Dotnet("msbuild", asking, "-t:Tell", "-v:minimal", "-nologo")).ToDictionary(
                told => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(told.Groups[1].Value)!).Replace('\\', '/'), told => told.Groups[2].Value);
        }

        /// <summary>The folder of the packages.</summary>
        public string Packages => _folder["packages"];

        /// <summary>Whether a project is a package, by its folder.</summary>
        public IReadOnlyDictionary<string, string> Packable { get; }

        public void Dispose() => _folder.Dispose();

        private static string Items(string kind, IEnumerable<string> projects) =>
            string.Concat(projects.Select(project => $"<{kind} Include=\"{Path.Combine(Repository.Root, project)}\" />"));
    }

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

    [GeneratedRegex(@"packs: (.*)\|(\w*)")]
    private static partial Regex Told();

    [GeneratedRegex(@"(?<=[\\/]bin[\\/])\w+")]
    private static partial Regex ConfigurationFolder();
}
