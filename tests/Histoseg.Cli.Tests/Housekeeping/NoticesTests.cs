using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Histoseg.Cli.Tests.Housekeeping;

/// <summary>THIRD-PARTY-NOTICES.md names what ships, and nothing else.</summary>
public partial class NoticesTests
{
    private static readonly string Notices = File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.md"));

    [Fact]
    public void Every_package_that_ships_has_an_entry() => Assert.Empty(WithoutEntry(Notices, Shipped()));

    [Fact]
    public void Every_entry_is_of_a_package_that_ships()
    {
        var shipped = Shipped();
        Assert.All(Entries(Notices), entry => Assert.Contains(shipped, package => Covers(entry, package)));
    }

    [Fact]
    public void A_package_without_an_entry_is_found()
    {
        var without = string.Join('\n', Notices.Split('\n').Where(line => !line.StartsWith("| NetVips.Native", StringComparison.Ordinal)));
        var missing = WithoutEntry(without, Shipped());
        Assert.Contains("NetVips.Native", missing);
        Assert.Contains("NetVips.Native.win-x64", missing);
        Assert.DoesNotContain("NetVips", missing);
    }

    [Fact]
    public void The_weights_that_ship_are_of_the_package_that_is_named()
    {
        var version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("ResNet18WeightsVersion").Single().Value;
        Assert.Contains($"Microsoft.ML.DnnImageFeaturizer.ResNet18 {version}**", Section(Notices, "Weights of ImageNet").ReplaceLineEndings(" "));
    }

    [Fact]
    public void What_is_inside_libvips_is_as_its_package_says()
    {
        var package = Path.Combine(PackageFolder(), "netvips.native.linux-x64", PinnedVersion("NetVips.Native"));
        var ours = Section(Notices, "libvips");
        var theirs = Rows(File.ReadAllText(Path.Combine(package, "THIRD-PARTY-NOTICES.md"))).Select(row => row[0]);
        Assert.Equal(theirs.Order(StringComparer.Ordinal), Rows(ours).Select(row => row[0]).Order(StringComparer.Ordinal));

        var versions = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(package, "versions.json")))!;
        Assert.Equal(versions.Values.Order(StringComparer.Ordinal),
            Rows(ours).Select(row => row[1]).Where(version => version != "with libvips").Order(StringComparer.Ordinal));
        Assert.Contains($"**libvips {versions["vips"]}**", ours);
    }

    private static IReadOnlyList<string> WithoutEntry(string notices, IEnumerable<string> packages) =>
        [.. packages.Where(package => !Entries(notices).Any(entry => Covers(entry, package)))];

    private static bool Covers(string entry, string package) =>
        entry.EndsWith(".*", StringComparison.Ordinal) ? package.StartsWith(entry[..^1], StringComparison.Ordinal) : entry == package;

    private static IEnumerable<string> Entries(string notices) => Rows(Section(notices, "Packages")).SelectMany(row => row[0].Split(", "));

    private static string Section(string markdown, string heading) =>
        markdown.Split("\n## ").Single(part => part.StartsWith($"{heading}\n", StringComparison.Ordinal));

    // The rows of a page's tables, cell by cell, without heads and rules.
    private static IEnumerable<string[]> Rows(string markdown) => markdown.Split('\n').Where(line => line.StartsWith('|'))
        .SkipWhile(line => !RuleLine().IsMatch(line)).Skip(1).Select(line => line.Trim('|', ' ', '\r').Split('|', StringSplitOptions.TrimEntries));

    // What the lock files of the programs and libraries list, but for what only the build uses.
    private static HashSet<string> Shipped()
    {
        var shipped = new HashSet<string>();
        foreach (var folder in new[] { "src", "benchmarks" })
        {
            foreach (var project in Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
            {
                var buildOnly = XDocument.Load(project).Descendants("PackageReference")
                    .Where(reference => (string?)reference.Attribute("PrivateAssets") == "all").Select(reference => (string)reference.Attribute("Include")!);
                using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")));
                shipped.UnionWith(file.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject())
                    .Where(package => package.Value.GetProperty("type").GetString() != "Project").Select(package => package.Name).Except(buildOnly));
            }
        }
        return shipped;
    }

    private static string PinnedVersion(string package) => (string)XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
        .Descendants("PackageVersion").Single(version => (string?)version.Attribute("Include") == package).Attribute("Version")!;

    // Where NuGet put the packages, as it wrote down when it restored the project.
    private static string PackageFolder()
    {
        using var assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "src", "Histoseg.Slides", "obj", "project.assets.json")));
        return assets.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
    }

    [GeneratedRegex(@"^\|[-| :]+$")]
    private static partial Regex RuleLine();
}
