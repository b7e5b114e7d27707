using System.Collections.Concurrent;

namespace Histoseg.KernelCheck;

/// <summary>Assembles modules, several at a time.</summary>
internal sealed class Assembler(CudaTools tools)
{
    /// <summary>The rows of each module, or why there are none.</summary>
    public IReadOnlyDictionary<PtxModule, (IReadOnlyList<KernelRow> Rows, string? Fault)> Assemble(IEnumerable<PtxModule> modules) =>
        // One after another to whoever is free, the largest first.
        Partitioner.Create(modules.SelectMany(module => Gpu.All.Where(module.RunsOn).Select(gpu => (Module: module, Gpu: gpu)))
                .OrderByDescending(work => work.Module.Code.Length).ToList(), loadBalance: true).AsParallel()
            .Select(work => (work.Module, work.Gpu, Made: One(work.Module, work.Gpu))).ToList()
            .GroupBy(work => work.Module).ToDictionary(group => group.Key,
                group => Join(group.Key, group.ToDictionary(work => work.Gpu, work => work.Made)));

    private readonly record struct Made(Dictionary<string, PtxasLog> Kernels, Dictionary<string, MainLoop> Loops, string? Fault);

    private Made One(PtxModule module, Gpu gpu)
    {
        var file = Path.GetTempFileName();
        try
        {
            var (code, log) = CudaTools.Run(tools.Ptxas, $"-arch={gpu.Name}", "-v", module.Path, "-o", file);
            if (code != 0)
                return new([], [], $"{module.Name}: ptxas refuses it for {gpu.Name}: {log.Trim()}");
            // The products of a group of warps are only worth it while several are under way, and with the registers that it takes from others.
            if (log.Contains("serialized", StringComparison.Ordinal) || log.Contains("setmaxnreg ignored", StringComparison.Ordinal))
                return new([], [], $"{module.Name}: ptxas puts matrix products one after another, or leaves registers where they are: {log.Trim()}");
            if (!module.Kernels.Any(kernel => kernel.UsesTensorCores))
                return new(PtxasLog.Read(log), [], null);
            var (failed, sass) = CudaTools.Run(tools.Nvdisasm, "-c", file);
            return new(PtxasLog.Read(log), failed == 0 ? MainLoop.Of(sass) : [], failed == 0 ? null : $"{module.Name}: nvdisasm: {sass.Trim()}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static (IReadOnlyList<KernelRow> Rows, string? Fault) Join(PtxModule module, IReadOnlyDictionary<Gpu, Made> made)
    {
        if (made.Values.FirstOrDefault(one => one.Fault is not null).Fault is { } fault)
            return ([], fault);
        return ([.. module.Kernels.Select(Row)], null);

        KernelRow Row(PtxKernel kernel)
        {
            var shared = kernel.DynamicBytes + made.Values.First().Kernels[kernel.Name].Shared;
            return new(kernel.Name, kernel.Threads, shared, [.. Gpu.All.Select(gpu =>
            {
                if (!made.TryGetValue(gpu, out var one))
                    return (Figures?)null;
                var log = one.Kernels[kernel.Name];
                MainLoop? loop = kernel.UsesTensorCores && one.Loops.TryGetValue(kernel.Name, out var found) ? found : null;
                return new Figures(log.Registers, log.Spilled, gpu.Blocks(kernel.Threads, log.Registers, shared), loop);
            })]);
        }
    }
}
