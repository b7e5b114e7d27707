namespace Histoseg.Engine.Checking;

/// <summary>Every operation's case list. Each operation has its own in its folder (<see cref="IOpCases"/>); none is named here.</summary>
internal static class OpCases
{
    /// <summary>All cases, in order of the lists' names.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. typeof(OpCases).Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IOpCases)))
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .SelectMany(type => ((IOpCases)Activator.CreateInstance(type)!).Cases()),
    ];

    /// <summary>Those of operations that GPUs run.</summary>
    public static IEnumerable<OpCase> OnGpus => All.Where(one => one.OnGpus);
}
