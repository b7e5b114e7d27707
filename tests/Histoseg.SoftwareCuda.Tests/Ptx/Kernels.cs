using System.Runtime.InteropServices;
using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>Modules and launches of the tests.</summary>
internal static class Kernels
{
    /// <summary>A module compiled from Samples/<paramref name="name"/>.cu.</summary>
    public static PtxModule Sample(string name, TestMemory? memory = null)
    {
        using var reader = new StreamReader(typeof(Kernels).Assembly.GetManifestResourceStream(name + ".ptx")!);
        var module = PtxModule.Parse(reader.ReadToEnd());
        if (memory is not null)
            foreach (var variable in module.Variables)
                variable.Address = memory.Add<byte>([.. variable.Initial]);
        return module;
    }

    /// <summary>A module of one kernel <c>k</c> with pointer parameters <c>p0</c>…, loaded into <c>%rd0</c>…, around a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="pointers">How many pointers.</param>
    /// <param name="target">The device.</param>
    /// <param name="structure">A parameter before them.</param>
    public static PtxKernel Body(string body, int pointers, string target = "sm_80", string? structure = null)
    {
        var parameters = string.Join(", ", Enumerable.Range(0, pointers).Select(p => $".param .u64 p{p}").Prepend(structure).OfType<string>());
        var loads = string.Concat(Enumerable.Range(0, pointers).Select(p => $"ld.param.u64 %rd{p}, [p{p}];\n"));
        return PtxModule.Parse($$"""
            .version 8.5
            .target {{target}}
            .address_size 64
            .visible .entry k({{parameters}})
            {
            .reg .pred %p<20>;
            .reg .b16 %rs<80>;
            .reg .b32 %r<80>;
            .reg .f32 %f<80>;
            .reg .b64 %rd<80>;
            .reg .f64 %fd<80>;
            {{loads}}
            {{body}}
            ret;
            }
            """).Kernels["k"];
    }

    public static void Run(this PtxKernel kernel, TestMemory memory, Dim3 grid, Dim3 block, object[] arguments, uint shared = 0, int seed = 0, int threads = 1)
    {
        var bytes = new byte[kernel.ParameterBytes];
        foreach (var (parameter, argument) in kernel.Parameters.Zip(arguments))
            switch (argument)
            {
                case ulong value:
                    MemoryMarshal.Write(bytes.AsSpan(parameter.Offset), value);
                    break;
                case int value:
                    MemoryMarshal.Write(bytes.AsSpan(parameter.Offset), value);
                    break;
                case float value:
                    MemoryMarshal.Write(bytes.AsSpan(parameter.Offset), value);
                    break;
                case byte[] value:
                    value.CopyTo(bytes, parameter.Offset);
                    break;
                default:
                    throw new ArgumentException(argument.GetType().Name);
            }
        kernel.Run(grid, block, shared, bytes, memory, new(seed, threads));
    }
}
