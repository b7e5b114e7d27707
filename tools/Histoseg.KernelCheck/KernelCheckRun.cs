namespace Histoseg.KernelCheck;

/// <summary>One run of the program.</summary>
internal static class KernelCheckRun
{
    /// <summary>Shows, checks or accepts.</summary>
    /// <param name="folder">Folder of the PTX files.</param>
    /// <param name="tablePath">The table.</param>
    /// <param name="check">Whether to look only at what differs from what was accepted, and to print nothing else.</param>
    /// <param name="accept">Whether to write the table.</param>
    /// <param name="environment">Values of variables.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>0, or 1 where something is worse than the table says.</returns>
    public static int Run(string folder, string tablePath, bool check, bool accept, Func<string, string?> environment, TextWriter output)
    {
        var table = KernelTable.Read(tablePath);
        PtxModule[] modules = [.. Directory.GetFiles(folder, "*.ptx").Order(StringComparer.Ordinal).Select(PtxModule.Read)];
        var tools = CudaTools.Find(environment, out var reason);
        // What was accepted for this very code is not assembled again, as it takes minutes, unless it is to be shown or is of another assembler.
        var anew = !check && !(accept && tools?.Version == table.Ptxas);
        PtxModule[] changed = [.. modules.Where(module => anew || !table.Modules.TryGetValue(module.Name, out var known)
            || known.Digest != module.Digest(known.Rows))];
        var gone = table.Modules.Keys.Except(modules.Select(module => module.Name))
            .Select(name => $"{name} is in the table, but there is no {folder}/{name}.ptx");
        if (changed.Length == 0 && !accept)
            return Tell(gone, $"{modules.Length} modules are as {tablePath} has them");
        if (tools is null)
        {
            output.WriteLine($"registers, spills and main loops are not looked at: {reason}");
            return accept ? 1 : 0;
        }
        var made = new Assembler(tools).Assemble(changed);
        if (!check)
            foreach (var module in changed)
            {
                output.WriteLine($"{module.Name} by ptxas {tools.Version}");
                foreach (var row in made[module].Rows)
                    output.WriteLine(row);
            }
        var refused = made.Values.Select(one => one.Fault).OfType<string>();
        if (accept && !refused.Any())
        {
            new KernelTable(tools.Version, modules.ToDictionary(module => module.Name, module => made.TryGetValue(module, out var now)
                ? new TableModule(module.Digest(now.Rows), now.Rows) : table.Modules[module.Name])).Write(tablePath);
            output.WriteLine($"written to {tablePath}");
            return 0;
        }
        if (tools.Version != table.Ptxas)
            return Tell(refused, $"not compared with {tablePath}: it is of ptxas {table.Ptxas}, here is {tools.Version}");
        return Tell([.. gone, .. refused, .. changed.Where(module => made[module].Fault is null).SelectMany(module =>
            Comparison.Faults(module, table.Modules.GetValueOrDefault(module.Name)?.Rows ?? [], made[module].Rows))],
            $"{changed.Length} modules assembled by ptxas {tools.Version}, {modules.Length - changed.Length} are as {tablePath} has them");

        int Tell(IEnumerable<string> faults, string outcome)
        {
            string[] lines = [.. faults];
            foreach (var line in lines)
                output.WriteLine($"build: {line}");
            output.WriteLine(lines.Length == 0 ? outcome : $"build: where that is as it should be, ./build.sh kernels --accept; commit {tablePath}");
            return lines.Length == 0 ? 0 : 1;
        }
    }
}
