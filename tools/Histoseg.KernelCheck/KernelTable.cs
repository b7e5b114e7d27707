namespace Histoseg.KernelCheck;

/// <summary>The rows of a module, and the digest of its code and of them.</summary>
/// <param name="Digest">See <see cref="PtxModule.Digest"/>.</param>
/// <param name="Rows">A row per kernel.</param>
internal sealed record TableModule(string Digest, IReadOnlyList<KernelRow> Rows);

/// <summary><c>kernels/table.txt</c>: what was accepted.</summary>
/// <param name="Ptxas">Release of the ptxas that found it.</param>
/// <param name="Modules">Modules by name.</param>
internal sealed record KernelTable(string Ptxas, IReadOnlyDictionary<string, TableModule> Modules)
{
    private static readonly string Gpus = string.Join(", ", Gpu.All.Select(gpu => gpu.Name));

    private static readonly string Heading = $"""
        # What NVIDIA's assembler makes of the kernels; ./build.sh kernels --accept writes it, --check compares. See README.md.
        # Per kernel: threads and shared bytes of a block; then for each of {Gpus}: registers, bytes spilled, blocks at a time
        # on a multiprocessor, and of the main loop tensor-core instructions/all (+accesses of local memory).

        """;

    /// <summary>Reads the table; an empty one if there is none.</summary>
    /// <exception cref="UserError">A line is none of a table.</exception>
    public static KernelTable Read(string path)
    {
        var (ptxas, modules, rows) = ("", new Dictionary<string, TableModule>(), new List<KernelRow>());
        foreach (var line in File.Exists(path) ? File.ReadAllLines(path) : [])
            switch (line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                case [] or [['#', ..], ..]:
                    break;
                case ["ptxas", var release]:
                    ptxas = release;
                    break;
                case ["module", var name, var digest]:
                    rows = [];
                    modules[name] = new(digest, rows);
                    break;
                case [..] when KernelRow.Parse(line) is { } row:
                    rows.Add(row);
                    break;
                default:
                    throw new UserError($"{path}: '{line}' is no row; ./build.sh kernels --accept writes the table anew");
            }
        return new(ptxas, modules);
    }

    /// <summary>Writes the table.</summary>
    public void Write(string path) => WholeFile.Write(path, file =>
    {
        using var text = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
        text.WriteLine($"{Heading}\nptxas {Ptxas}");
        foreach (var (name, module) in Modules.OrderBy(module => module.Key, StringComparer.Ordinal))
        {
            text.WriteLine($"\nmodule {name} {module.Digest}");
            foreach (var row in module.Rows)
                text.WriteLine(row);
        }
    });
}
