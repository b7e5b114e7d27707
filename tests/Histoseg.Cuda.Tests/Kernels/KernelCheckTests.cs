using Histoseg.KernelCheck;

namespace Histoseg.Tests.Kernels;

/// <summary>Kernels that come out worse than <c>kernels/table.txt</c> says are found; NVIDIA's tools are stood in for by scripts.</summary>
public sealed class KernelCheckTests : IDisposable
{
    private const string Ptx = """
        .version 7.5
        .target sm_80
        .visible .entry product(
        	.param .u64 product_param_0
        )
        .maxntid 256, 1, 1
        {
        	.loc	1 10 3
        	// shared memory: 40960 bytes
        	mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1, %f2, %f3, %f4}, {%r1, %r2, %r3, %r4}, {%r5, %r6}, {%f1, %f2, %f3, %f4};
        	ret;
        }
        """;

    private const string Log = """
        ptxas info    : 0 bytes gmem
        ptxas info    : Compiling entry function 'product' for 'sm_80'
        ptxas info    : Function properties for product
            0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
        ptxas info    : Used 120 registers, 1024 bytes smem, 380 bytes cmem[0]
        """;

    private const string Sass = """
        	.section	.text.product,"ax",@progbits
        .text.product:
                /*0000*/                   LDC R1, c[0x0][0x28] ;
        .L_x_1:
                /*0010*/                   LDSM.16.M88.4 R4, [R2] ;
        .L_x_2:
                /*0020*/                   HMMA.16816.F32.BF16 R8, R4, R6, R8 ;
                /*0030*/               @P0 IADD3 R2, R2, 0x40, RZ ;
                /*0040*/                   HMMA.16816.F32.BF16 R8, R4, R6, R8 ;
                /*0050*/              @!P0 BRA `(.L_x_2) ;
                /*0060*/               @P1 BRA `(.L_x_1) ;
                /*0070*/                   EXIT ;
        .L_x_3:
                /*0080*/                   BRA `(.L_x_3);
        """;

    private readonly TempFolder _folder = new();
    private string _version = "12.4.131";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(256, 32, 0, 8, 8)]
    [InlineData(256, 128, 0, 2, 2)]
    [InlineData(256, 129, 0, 1, 1)]
    [InlineData(256, 250, 98304, 1, 1)]
    [InlineData(128, 168, 49152, 3, 3)]
    [InlineData(128, 96, 49152, 3, 4)]
    [InlineData(32, 16, 0, 32, 32)]
    public void Blocks_are_bound_by_registers_shared_memory_and_warps(int threads, int registers, int shared, int onAmpere, int onHopper)
    {
        Assert.Equal(onAmpere, Gpu.All[0].Blocks(threads, registers, shared));
        Assert.Equal(onHopper, Gpu.All[1].Blocks(threads, registers, shared));
    }

    [Fact]
    public void The_main_loop_is_the_innermost_one_with_tensor_cores() =>
        Assert.Equal(new MainLoop(2, 4, 0), MainLoop.Of(Sass)["product"]);

    [Fact]
    public void A_row_is_read_as_it_was_written()
    {
        var row = new KernelRow("product", 256, 41984, [new(120, 0, 2, new(64, 208, 0)), new(255, 312, 1, new(64, 300, 3)), new(32, 0, 8, null)]);
        var read = KernelRow.Parse(row.ToString())!;
        Assert.Equal(row.ToString(), read.ToString());
        Assert.Equal(row.OnGpu, read.OnGpu);
    }

    [SkippableFact]
    public void What_was_accepted_is_not_assembled_again()
    {
        Given(Log, Sass);
        Assert.Equal((0, $"written to {_folder["table.txt"]}"), Last(Check(accept: true)));
        Assert.Contains("product", File.ReadAllText(_folder["table.txt"]), StringComparison.Ordinal);
        File.Delete(_folder["ptxas"]);
        Assert.Equal((0, $"1 modules are as {_folder["table.txt"]} has them"), Last(Check()));
        // Lines of the source are not the code.
        _folder.Write("ptx/conv.ptx", Ptx.Replace(".loc	1 10 3", ".loc	1 11 3"));
        Assert.Equal(0, Check().Code);
    }

    [SkippableTheory]
    [InlineData("120 registers", "140 registers", "conv: product on sm_80 takes 140 registers, 120 in the table")]
    [InlineData("120 registers", "140 registers", "conv: product on sm_90 has 1 blocks on a multiprocessor, 2 in the table")]
    [InlineData("0 bytes spill stores", "48 bytes spill stores", "conv: product on sm_90a spills 48 bytes, 0 in the table")]
    [InlineData("1024 bytes smem", "90000 bytes smem", "conv: product on sm_80 has 1 blocks on a multiprocessor, 2 in the table")]
    public void A_kernel_that_comes_out_worse_is_named(string then, string now, string fault)
    {
        Given(Log, Sass);
        Check(accept: true);
        Given(Log.Replace(then, now), Sass);
        Assert.Contains($"build: {fault}", AssertFails(), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("IADD3 R2, R2, 0x40, RZ", "LDL R2, [R1+0x8]", "accesses local memory 1 times in its main loop, 0 in the table")]
    [InlineData("HMMA.16816.F32.BF16 R8, R4, R6, R8", "FFMA R8, R4, R6, R8", "has no tensor-core instructions in its main loop, 2/4 in the table")]
    public void A_main_loop_that_comes_out_worse_is_named(string then, string now, string fault)
    {
        Given(Log, Sass);
        Check(accept: true);
        Given(Log, Sass.Replace(then, now));
        Assert.Contains($"build: conv: product on sm_80 {fault}", AssertFails(), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("120", "96", "takes 120 registers, 96 in the table")]
    [InlineData("  2 2/4", "  3 2/4", "has 2 blocks on a multiprocessor, 3 in the table")]
    public void A_table_that_promises_more_is_found(string then, string now, string fault)
    {
        Given(Log, Sass);
        Check(accept: true);
        _folder.Write("table.txt", File.ReadAllText(_folder["table.txt"]).Replace(then, now));
        var (code, text) = Check();
        Assert.Equal(1, code);
        Assert.Contains($"build: conv: product on sm_80 {fault}", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_kernel_without_a_row_and_a_row_without_a_kernel_are_named()
    {
        Given(Log, Sass);
        Check(accept: true);
        Given(Log.Replace("product", "sum"), Sass.Replace("product", "sum"), Ptx.Replace("product", "sum"));
        var text = AssertFails();
        Assert.Contains("conv: sum is not in the table", text, StringComparison.Ordinal);
        Assert.Contains("conv: product is in the table, but there is no such kernel", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Another_assembler_is_not_held_to_the_table()
    {
        Given(Log, Sass);
        Check(accept: true);
        _version = "11.8.89";
        Given(Log.Replace("120", "140"), Sass, Ptx.Replace("%f1", "%f9"));
        Assert.Equal((0, $"not compared with {_folder["table.txt"]}: it is of ptxas 12.4.131, here is 11.8.89"), Last(Check()));
    }

    [Fact]
    public void Without_the_tools_nothing_is_checked_and_the_places_are_named()
    {
        _folder.Write("ptx/conv.ptx", Ptx);
        var (code, text) = Check();
        Assert.Equal(0, code);
        Assert.Contains($"NVIDIA's ptxas was not found in HISTOSEG_CUDA_TOOLS ({_folder.Root}), PATH or CUDA_HOME/bin (not set)", text,
            StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["table.txt"]));
    }

    [Fact]
    public void A_line_that_is_none_of_a_table_is_named()
    {
        _folder.Write("ptx/conv.ptx", Ptx);
        _folder.Write("table.txt", "ptxas 12.4.131\nmodule conv 0123\nproduct 256 many 120 0 2 -\n");
        Assert.Contains("'product 256 many 120 0 2 -' is no row", Assert.ThrowsAny<UserError>(() => Check()).Message, StringComparison.Ordinal);
    }

    /// <summary>With NVIDIA's own tools, where they are at hand: 40 values that live at once, in a block that leaves 16 registers for each thread.</summary>
    [SkippableFact]
    public void A_kernel_that_spills_is_found_by_the_real_assembler()
    {
        Skip.If(CudaTools.Find(Environment.GetEnvironmentVariable, out var reason) is null, reason);
        string Kernel(int values) => $$"""
            .version 7.5
            .target sm_80
            .address_size 64
            .visible .entry many(.param .u64 p)
            .maxntid 1024, 1, 1
            .minnctapersm 2
            {
            .reg .b64 %rd<3>;
            .reg .f32 %f<{{values + 1}}>;
            ld.param.u64 %rd1, [p];
            {{string.Concat(Enumerable.Range(1, values).Select(i => $"ld.volatile.global.f32 %f{i}, [%rd1+{4 * i}];\n"))}}
            {{string.Concat(Enumerable.Range(1, values).Select(i => $"st.volatile.global.f32 [%rd1+{4 * i}], %f{values + 1 - i};\n"))}}
            ret;
            }
            """;
        int Run(int values, bool accept, StringWriter output)
        {
            _folder.Write("ptx/many.ptx", Kernel(values));
            return KernelCheckRun.Run(_folder["ptx"], _folder["table.txt"], !accept, accept, Environment.GetEnvironmentVariable, output);
        }
        Assert.Equal(0, Run(8, accept: true, new()));
        var output = new StringWriter();
        Assert.Equal(1, Run(80, accept: false, output));
        Assert.Contains("build: many: many on sm_90 spills ", output.ToString(), StringComparison.Ordinal);
    }

    private void Given(string log, string sass, string ptx = Ptx)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the stand-ins for NVIDIA's tools are shell scripts");
        _folder.Write("ptx/conv.ptx", ptx);
        Script("ptxas", $"[ $1 = --version ] && echo 'Cuda compilation tools, release 12.4, V{_version}'", log);
        Script("nvdisasm", "", sass);
    }

    private void Script(string name, string first, string text)
    {
        var file = _folder.Write(name, $"#!/bin/sh\n{first}\ncat <<'END'\n{text}\nEND\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // As after a change of the code that keeps its kernels: what was accepted for the old code says nothing of the new.
    private string AssertFails()
    {
        _folder.Write("ptx/conv.ptx", File.ReadAllText(_folder["ptx/conv.ptx"]) + "\n.global .u32 changed;\n");
        var (code, text) = Check();
        Assert.Equal(1, code);
        return text;
    }

    private (int Code, string Text) Check(bool accept = false)
    {
        var output = new StringWriter();
        var code = KernelCheckRun.Run(_folder["ptx"], _folder["table.txt"], !accept, accept,
            name => name == CudaTools.Variable ? _folder.Root : null, output);
        return (code, output.ToString());
    }

    private static (int Code, string Line) Last((int Code, string Text) run) => (run.Code, run.Text.TrimEnd().Split('\n')[^1]);
}
