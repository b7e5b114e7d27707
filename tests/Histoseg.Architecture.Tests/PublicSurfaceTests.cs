using System.Reflection;
using PublicApiGenerator;

namespace Histoseg.Architecture.Tests;

/// <summary>What the libraries offer changes only on purpose: it is written down in <c>PublicSurface/</c>.</summary>
public class PublicSurfaceTests
{
    public static TheoryData<string> Libraries => Projects.Libraries;

    /// <summary>Where it fails, it leaves what it found beside the list, as <c>.found.txt</c>: if the change is wanted, that takes the list's place.</summary>
    [Theory, MemberData(nameof(Libraries))]
    public void The_public_surface_is_the_one_written_down(string name)
    {
        var list = Path.Combine(Repository.Root, "tests", "Histoseg.Architecture.Tests", "PublicSurface", $"{name}.txt");
        var found = Assembly.Load(name).GeneratePublicApi(new() { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n");
        if (File.Exists(list) && File.ReadAllText(list) == found)
            return;
        File.WriteAllText(Path.ChangeExtension(list, ".found.txt"), found);
        Assert.Fail($"{name} offers something else than PublicSurface/{name}.txt says; see {name}.found.txt beside it, "
            + "and put it in its place if that is wanted");
    }
}
