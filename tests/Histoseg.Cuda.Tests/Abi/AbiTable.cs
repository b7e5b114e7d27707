namespace Histoseg.Tests.Abi;

/// <summary>The facts of <c>native/abi</c>: enum values, struct layouts and signatures, taken from public documentation and not from our code.</summary>
internal static class AbiTable
{
    /// <summary>One fact: what kind, our name for it, NVIDIA's name, and the value or signature.</summary>
    internal readonly record struct Row(string Kind, string Ours, string Name, string Value);

    internal static IReadOnlyList<Row> Rows { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "abi"), "*.csv").Order().SelectMany(Read)];

    internal static IEnumerable<Row> Of(string kind) => Rows.Where(row => row.Kind == kind);

    /// <summary>The rows of one table.</summary>
    internal static IEnumerable<Row> In(string table) => Read(Path.Combine(AppContext.BaseDirectory, "abi", $"{table}.csv"));

    private static IEnumerable<Row> Read(string path) => File.ReadLines(path).Skip(1).Select(line => line.Split(','))
        .Select(cells => cells.Length == 5 ? new Row(cells[0], cells[1], cells[2], cells[3]) : throw new FormatException($"{path}: {string.Join(',', cells)}"));
}
