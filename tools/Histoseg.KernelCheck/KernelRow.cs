namespace Histoseg.KernelCheck;

/// <summary>A kernel as one GPU runs it.</summary>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="Spilled">Bytes of registers that a thread spills.</param>
/// <param name="Blocks">Blocks that a multiprocessor runs at a time.</param>
/// <param name="Loop">The loop of its matrix products, or null.</param>
internal readonly record struct Figures(int Registers, int Spilled, int Blocks, MainLoop? Loop)
{
    /// <summary>As the table has what a GPU does not run.</summary>
    public const string None = "  -   -  - -        ";

    /// <summary>The figures as the table has them.</summary>
    public override string ToString() => $"{Registers,3} {Spilled,3} {Blocks,2} {Loop?.ToString() ?? "-",-9}";
}

/// <summary>A row of the table.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Threads">Threads of its largest block.</param>
/// <param name="Shared">Shared memory of a block, bytes: static, and dynamic where the source says how much.</param>
/// <param name="OnGpu">Figures for each of <see cref="Gpu.All"/>; null where the module is not for it.</param>
internal sealed record KernelRow(string Kernel, int Threads, long Shared, IReadOnlyList<Figures?> OnGpu)
{
    /// <summary>Reads what <see cref="ToString"/> writes; null if it is no row.</summary>
    public static KernelRow? Parse(string line)
    {
        var cells = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (cells.Length != 3 + 4 * Gpu.All.Count || !int.TryParse(cells[1], out var threads) || !long.TryParse(cells[2], out var shared))
            return null;
        var figures = new List<Figures?>();
        foreach (var four in cells.Skip(3).Chunk(4))
        {
            if (four.All(cell => cell == "-"))
            {
                figures.Add(null);
                continue;
            }
            if (!int.TryParse(four[0], out var registers) || !int.TryParse(four[1], out var spilled) || !int.TryParse(four[2], out var blocks)
                || (MainLoop.Parse(four[3]) is null && four[3] != "-"))
                return null;
            figures.Add(new Figures(registers, spilled, blocks, MainLoop.Parse(four[3])));
        }
        return new(cells[0], threads, shared, figures);
    }

    /// <summary>The row as the table has it.</summary>
    public override string ToString() =>
        $"{Kernel,-34} {Threads,7} {Shared,6}{string.Concat(OnGpu.Select(figures => $"   {figures?.ToString() ?? Figures.None}"))}".TrimEnd();
}
