using System.CommandLine;
using System.Text.RegularExpressions;
using Histoseg.Cuda;
using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.GpuCheck.Verbs;

/// <summary><c>gpucheck modules</c>: whether the driver takes every module of kernels, and what it made of each kernel.</summary>
internal sealed partial class ModulesVerb(TextWriter output) : Verb(
    "modules", "Loads every module of kernels and tells the driver's complaints; registers, memory and largest block of each kernel.", output)
{
    private const string Prefix = "ptx/";

    [GeneratedRegex(@"\.entry\s+(\w+)\s*\([^)]*\)\s*\.maxntid\s+(\d+)")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\.minnctapersm\s+(\d+)")]
    private static partial Regex Blocks();

    // What ends in a is for GPUs of that very compute capability.
    [GeneratedRegex(@"^\.target sm_(\d+)a\b", RegexOptions.Multiline)]
    private static partial Regex OneGpu();

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        using var device = Gpu.Open(Convolutions.Own);
        results.Add(Gpu.Facts(device));
        var assembly = typeof(CudaDevice).Assembly;
        var (failed, kernels, others) = (0, 0, 0);
        Out.WriteLine($"{"kernel",-48}  threads  registers  shared bytes  local bytes");
        var modules = assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal));
        foreach (var resource in modules.Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var ptx = reader.ReadToEnd();
            if (OneGpu().Match(ptx) is { Success: true } target && int.Parse(target.Groups[1].Value, null) != device.ComputeCapability)
                others++;
            else
                failed += Load(device.Driver, resource[Prefix.Length..], ptx, results, ref kernels) ? 0 : 1;
        }
        Out.WriteLine($"{kernels} kernels, {failed} modules with faults{(others == 0 ? "" : $", {others} modules for other GPUs not loaded")}");
        return failed == 0 && kernels > 0 ? ExitCode.Passed : ExitCode.Failed;
    }

    /// <summary>
    /// The registers per thread that a kernel which moves them from warp to warp counts on: a multiprocessor's, shared out among its threads. With fewer
    /// it would wait for ever. 0 where it moves none.
    /// </summary>
    private static int MovedRegisters(string ptx, Match entry)
    {
        const int all = 65536, unit = 8;
        var next = entry.NextMatch();
        var body = ptx[entry.Index..(next.Success ? next.Index : ptx.Length)];
        var blocks = Blocks().Match(body) is { Success: true } stated ? int.Parse(stated.Groups[1].Value, null) : 1;
        return body.Contains("setmaxnreg.", StringComparison.Ordinal) ? all / (int.Parse(entry.Groups[2].Value, null) * blocks) / unit * unit : 0;
    }

    private bool Load(ICudaDriver driver, string file, string ptx, ResultFile results, ref int kernels)
    {
        var status = driver.ModuleLoadData(out var module, [.. System.Text.Encoding.UTF8.GetBytes(ptx), 0], out var log);
        if (status != CudaStatus.Success)
        {
            Out.WriteLine($"{file}: refused with {status}: {log.Trim()}");
            results.Add(("kind", "module"), ("file", file), ("passed", false), ("log", log.Trim()));
            return false;
        }
        var sound = true;
        foreach (Match entry in Entry().Matches(ptx))
        {
            var name = entry.Groups[1].Value;
            driver.ModuleGetFunction(out var function, module, name).Check($"cuModuleGetFunction {name}");
            int Attribute(CudaFunctionAttribute attribute)
            {
                driver.FuncGetAttribute(out var value, attribute, function).Check($"cuFuncGetAttribute {name}");
                return value;
            }
            var (threads, registers) = (Attribute(CudaFunctionAttribute.MaxThreadsPerBlock), Attribute(CudaFunctionAttribute.NumRegs));
            var (shared, local) = (Attribute(CudaFunctionAttribute.SharedSizeBytes), Attribute(CudaFunctionAttribute.LocalSizeBytes));
            // Registers that do not fit a block of the size the kernel states would make every launch fail.
            var fits = threads >= int.Parse(entry.Groups[2].Value, null);
            var wanted = MovedRegisters(ptx, entry);
            sound &= fits && registers >= wanted;
            Out.WriteLine($"{name,-48}  {threads,7}  {registers,9}  {shared,12}  {local,11}{(local > 0 ? "  spills" : "")}"
                + $"{(fits ? "" : $"  its blocks of {entry.Groups[2].Value} do not fit")}{(registers >= wanted ? "" : $"  counts on {wanted} registers")}");
            results.Add(("kind", "kernel"), ("file", file), ("name", name), ("threads", threads), ("registers", registers),
                ("shared_bytes", shared), ("local_bytes", local));
            kernels++;
        }
        results.Add(("kind", "module"), ("file", file), ("passed", sound), ("log", log.Trim()));
        driver.ModuleUnload(module);
        return sound;
    }
}
