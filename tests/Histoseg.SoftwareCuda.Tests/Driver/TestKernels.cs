using System.Text;

namespace Histoseg.SoftwareCuda.Tests;

/// <summary>A module of small kernels, loaded when the first of them is asked for.</summary>
internal sealed class TestKernels(TestDevice device)
{
    // copy: to[i] = from[i] + 1 for i < n; wide: 1 KiB of its own shared memory and more if given
    public const string Text = """
        .version 7.0
        .target sm_80
        .address_size 64
        .extern .shared .align 16 .b8 more[];
        .visible .entry copy(.param .u64 copy_to, .param .u32 copy_n, .param .u64 copy_from)
        {
            .reg .pred %p<2>;
            .reg .b32 %r<8>;
            .reg .b64 %rd<8>;
            ld.param.u64 %rd1, [copy_to];
            ld.param.u32 %r1, [copy_n];
            ld.param.u64 %rd2, [copy_from];
            mov.u32 %r2, %ctaid.x;
            mov.u32 %r3, %ntid.x;
            mov.u32 %r4, %tid.x;
            mad.lo.s32 %r5, %r2, %r3, %r4;
            setp.ge.u32 %p1, %r5, %r1;
            @%p1 bra $DONE;
            cvta.to.global.u64 %rd3, %rd1;
            cvta.to.global.u64 %rd4, %rd2;
            mul.wide.u32 %rd5, %r5, 4;
            add.s64 %rd6, %rd3, %rd5;
            add.s64 %rd7, %rd4, %rd5;
            ld.global.u32 %r6, [%rd7];
            add.s32 %r7, %r6, 1;
            st.global.u32 [%rd6], %r7;
        $DONE:
            ret;
        }
        .visible .entry wide()
        .maxntid 64, 1, 1
        {
            .shared .align 4 .b8 own[1024];
            .reg .b32 %r<3>;
            mov.u32 %r1, own;
            mov.u32 %r2, 5;
            st.shared.u32 [%r1], %r2;
            ret;
        }
        """;

    private nint _module;

    /// <summary>The module's handle.</summary>
    public nint Module
    {
        get
        {
            if (_module == 0)
                TestDevice.Ok(device.Driver.ModuleLoadData(out _module, Encoding.UTF8.GetBytes(Text + "\0"), out var log));
            return _module;
        }
    }

    public nint Function(string name)
    {
        TestDevice.Ok(device.Driver.ModuleGetFunction(out var function, Module, name));
        return function;
    }
}
