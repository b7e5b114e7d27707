using Mono.Cecil;

namespace Histoseg.Architecture.Tests;

/// <summary>Arrows go down only, between projects and between the namespaces of one.</summary>
public class LayerTests
{
    // An operation's file adds its own method to IKernels, so that a backend that lacks it does not compile: the recording, the operations and
    // the backends know one another by design. Nothing else may join them.
    private static readonly HashSet<string> EngineCore =
    [
        "Histoseg.Engine.Autograd", "Histoseg.Engine.Backends", "Histoseg.Engine.Backends.Cpu", "Histoseg.Engine.Backends.Cpu.Convolution",
        "Histoseg.Engine.Backends.Cpu.Quantised", "Histoseg.Engine.Backends.Cuda", "Histoseg.Engine.Backends.Cuda.Convolution", "Histoseg.Engine.Ops",
    ];

    public static TheoryData<string> All => Projects.All;

    [Theory, MemberData(nameof(All))]
    public void A_project_refers_to_none_above_it(string name)
    {
        using var module = Projects.Open(name);
        var used = module.AssemblyReferences.Select(reference => reference.Name).Where(Projects.Uses.ContainsKey);
        Assert.Empty(used.Except(Projects.Below(name)));
    }

    [Theory, MemberData(nameof(All))]
    public void Namespaces_of_a_project_form_no_cycle(string name)
    {
        using var module = Projects.Open(name);
        var cycles = Cycles.Of(Graph(module)).Select(cycle => cycle.Order(StringComparer.Ordinal).ToArray()).ToList();
        if (name == "Histoseg.Engine")
            cycles.RemoveAll(cycle => EngineCore.IsSupersetOf(cycle));
        Assert.True(cycles.Count == 0,
            string.Join("; ", cycles.Select(cycle => $"{string.Join(", ", cycle)}: {string.Join(", ", Edges(module, [.. cycle]))}")));
    }

    [Fact]
    public void A_cycle_is_found() => Assert.Equal(["a", "b", "c"], Assert.Single(Cycles.Of(new Dictionary<string, HashSet<string>>
    {
        ["a"] = ["b"],
        ["b"] = ["c", "d"],
        ["c"] = ["a"],
        ["d"] = ["e"],
        ["e"] = [],
    })).Order());

    /// <summary>Only the opener and doctor know which backends there are.</summary>
    [Theory, MemberData(nameof(All))]
    public void Backends_are_asked_and_never_recognised(string name)
    {
        using var module = Projects.Open(name);
        var knowing = from type in Types(module)
                      where !EngineCore.Contains(Projects.NamespaceOf(type))
                      where Projects.ReferencesOf(type)
                          .Any(used => Projects.NamespaceOf(used).StartsWith("Histoseg.Engine.Backends.", StringComparison.Ordinal))
                      select Outermost(type).Name;
        string[] mayKnow = name switch { "Histoseg.Engine" => ["DeviceOpener", "BackendComparison", "GradientCheck"], "engine" => ["DoctorVerb"], _ => [] };
        Assert.Empty(knowing.Distinct().Except(mayKnow));
    }

    /// <summary>Above the engine nobody knows CUDA but <c>doctor</c>, which looks at GPUs.</summary>
    [Theory, MemberData(nameof(All))]
    public void Only_the_engine_and_the_program_know_CUDA(string name)
    {
        using var module = Projects.Open(name);
        Assert.Equal(name is "Histoseg.Engine" or "engine", module.AssemblyReferences.Any(reference => reference.Name == "Histoseg.Cuda"));
    }

    private static Dictionary<string, HashSet<string>> Graph(ModuleDefinition module)
    {
        var graph = new Dictionary<string, HashSet<string>>();
        foreach (var (from, to, _) in Arrows(module))
        {
            graph.TryAdd(to, []);
            graph.TryAdd(from, []);
            graph[from].Add(to);
        }
        return graph;
    }

    // What makes a cycle, for whoever is to break it.
    private static IEnumerable<string> Edges(ModuleDefinition module, HashSet<string> cycle) =>
        Arrows(module).Where(arrow => cycle.Contains(arrow.From) && cycle.Contains(arrow.To)).Select(arrow => arrow.What).Distinct();

    private static IEnumerable<(string From, string To, string What)> Arrows(ModuleDefinition module) =>
        from type in Types(module)
        let own = Projects.NamespaceOf(type)
        where own.StartsWith("Histoseg.", StringComparison.Ordinal)
        from used in Projects.ReferencesOf(type)
        let other = Projects.NamespaceOf(used)
        where used.Scope == module && other != own && other.StartsWith("Histoseg.", StringComparison.Ordinal)
        select (own, other, $"{Outermost(type).Name} → {used.Name}");

    private static IEnumerable<TypeDefinition> Types(ModuleDefinition module) => module.Types.SelectMany(WithNested);

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private static TypeDefinition Outermost(TypeDefinition type) => type.DeclaringType is null ? type : Outermost(type.DeclaringType);
}
