using System.Text;
using System.Text.RegularExpressions;
using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda;

public sealed unsafe partial class SoftwareCudaDriver
{
    private sealed record ModuleState(PtxModule Module, IReadOnlyList<MemoryRegion> Variables)
    {
        public Dictionary<string, nint> Functions { get; } = [];
    }

    private sealed record FunctionState(ModuleState Owner, PtxKernel Kernel)
    {
        /// <summary>Dynamic shared memory the function may be launched with; without asking for more, what the default leaves.</summary>
        public int MaxDynamicShared { get; set; } = SharedByDefault - Kernel.StaticSharedBytes;

        /// <summary>Percent of a multiprocessor's memory that is to be shared memory; −1: as the driver likes.</summary>
        public int Carveout { get; set; } = -1;
    }

    /// <inheritdoc/>
    public CudaStatus ModuleLoadData(out nint module, ReadOnlySpan<byte> image, out string log)
    {
        nint made = 0;
        var complaint = "";
        var end = image.IndexOf((byte)0);
        var text = end < 0 ? null : Encoding.UTF8.GetString(image[..end]);
        var status = Call(nameof(ModuleLoadData), () =>
        {
            if (text is null)
                return Fault(CudaStatus.InvalidImage, "ModuleLoadData: the image does not end with a zero byte");
            if (NewerThanDriver(text) is { } newer)
            {
                complaint = newer;
                return CudaStatus.UnsupportedPtxVersion;
            }
            PtxModule parsed;
            try
            {
                parsed = Options.Rewrite is { } rewrite ? PtxModule.Parse(rewrite(text)) : ParsedModules.Parse(text);
            }
            catch (PtxError error)
            {
                complaint = error.Message;
                return CudaStatus.InvalidPtx;
            }
            if (!RunsHere(parsed.Target))
            {
                complaint = $"the module is for {parsed.Target}; this device is sm_{Options.ComputeCapability}";
                return CudaStatus.NoBinaryForGpu;
            }
            made = Handles.Add(new ModuleState(parsed, [.. parsed.Variables.Select(Place)]), "module");
            return CudaStatus.Success;
        }, safeInCapture: false);
        (module, log) = (made, complaint);
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus ModuleUnload(nint module) => Call(nameof(ModuleUnload), () =>
    {
        if (!Handles.TryGet<ModuleState>(module, out var state))
            return BadHandle(nameof(ModuleUnload), module, "module");
        Handles.Remove<ModuleState>(module);
        foreach (var variable in state.Variables)
        {
            (variable.State, variable.FreedBy) = (RegionState.Freed, nameof(ModuleUnload));
            variable.Release();
        }
        Handles.RemoveAll(thing => thing is FunctionState function && function.Owner == state);
        return CudaStatus.Success;
    }, safeInCapture: false);

    /// <inheritdoc/>
    public CudaStatus ModuleGetFunction(out nint function, nint module, string name)
    {
        nint made = 0;
        var status = Call(nameof(ModuleGetFunction), () =>
        {
            if (!Handles.TryGet<ModuleState>(module, out var state))
                return BadHandle(nameof(ModuleGetFunction), module, "module");
            if (!state.Module.Kernels.TryGetValue(name, out var kernel))
                return CudaStatus.NotFound;
            if (!state.Functions.TryGetValue(name, out made))
                state.Functions[name] = made = Handles.Add(new FunctionState(state, kernel), $"function {name}");
            return CudaStatus.Success;
        });
        function = made;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus FuncGetAttribute(out int value, CudaFunctionAttribute attribute, nint function)
    {
        var found = 0;
        var status = Call(nameof(FuncGetAttribute), () =>
        {
            if (!Handles.TryGet<FunctionState>(function, out var state))
                return BadHandle(nameof(FuncGetAttribute), function, "function");
            int? known = attribute switch
            {
                CudaFunctionAttribute.MaxThreadsPerBlock => MostThreads(state.Kernel),
                CudaFunctionAttribute.SharedSizeBytes => state.Kernel.StaticSharedBytes,
                CudaFunctionAttribute.LocalSizeBytes => state.Kernel.LocalBytes,
                CudaFunctionAttribute.NumRegs => Options.Registers ?? state.Kernel.CountedRegisters ?? 32,
                CudaFunctionAttribute.MaxDynamicSharedSizeBytes => state.MaxDynamicShared,
                CudaFunctionAttribute.PreferredSharedMemoryCarveout => state.Carveout,
                _ => null,
            };
            found = known ?? 0;
            return known is null ? Fault(CudaStatus.InvalidValue, $"FuncGetAttribute: there is no attribute {(int)attribute}") : CudaStatus.Success;
        });
        value = found;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus FuncSetAttribute(nint function, CudaFunctionAttribute attribute, int value) => Call(nameof(FuncSetAttribute), () =>
    {
        if (!Handles.TryGet<FunctionState>(function, out var state))
            return BadHandle(nameof(FuncSetAttribute), function, "function");
        if (attribute == CudaFunctionAttribute.PreferredSharedMemoryCarveout)
        {
            if (value is < -1 or > 100)
                return Fault(CudaStatus.InvalidValue, $"FuncSetAttribute of {state.Kernel.Name}: a carve-out of {value} %");
            state.Carveout = value;
            return CudaStatus.Success;
        }
        if (attribute != CudaFunctionAttribute.MaxDynamicSharedSizeBytes)
            return Fault(CudaStatus.InvalidValue, $"FuncSetAttribute: attribute {attribute} cannot be set");
        if (value < 0 || value + state.Kernel.StaticSharedBytes > SharedAtMost)
            return Fault(CudaStatus.InvalidValue,
                $"FuncSetAttribute of {state.Kernel.Name}: {value} bytes of dynamic and {state.Kernel.StaticSharedBytes} of static shared memory; "
                + $"a block has at most {SharedAtMost}");
        state.MaxDynamicShared = value;
        return CudaStatus.Success;
    });

    /// <summary>Gives a variable of a module its place on the device.</summary>
    private MemoryRegion Place(PtxVariable variable)
    {
        var region = NewDeviceRegion((nuint)variable.Initial.Count, $"variable {variable.Name}", RegionState.Live);
        region.OfModule = true;
        for (var i = 0; i < variable.Initial.Count; i++)
            region.Host[i] = variable.Initial[i];
        variable.Address = region.Start;
        return region;
    }

    private static int MostThreads(PtxKernel kernel) => kernel.MaxThreads > 0 ? kernel.MaxThreads : 1024;

    private string? NewerThanDriver(string ptx)
    {
        var version = VersionDirective().Match(ptx);
        return version.Success && 10 * int.Parse(version.Groups[1].Value) + int.Parse(version.Groups[2].Value) > Options.PtxVersion
            ? $"PTX version {version.Groups[1].Value}.{version.Groups[2].Value} is newer than the driver's {Options.PtxVersion / 10}.{Options.PtxVersion % 10}"
            : null;
    }

    /// <summary>sm_80 runs on 8.0 and newer; sm_90a on 9.0 alone.</summary>
    private bool RunsHere(string target)
    {
        var match = TargetName().Match(target);
        return match.Success && int.Parse(match.Groups[1].Value) is var capability
            && (match.Groups[2].Length > 0 ? capability == Options.ComputeCapability : capability <= Options.ComputeCapability);
    }

    [GeneratedRegex(@"^\s*\.version\s+(\d+)\.(\d+)", RegexOptions.Multiline)]
    private static partial Regex VersionDirective();

    [GeneratedRegex(@"^sm_(\d+)(a?)$")]
    private static partial Regex TargetName();
}
