namespace Histoseg.Cuda;

/// <summary>Whether a driver that was found serves: its kernels are PTX for compute capability 8.0, so nothing older runs them.</summary>
internal static class DriverCheck
{
    /// <summary>The oldest CUDA the bindings are for (the PTX that ships, ISA 7.5, would need less), as <c>cuDriverGetVersion</c> counts.</summary>
    internal const int OldestCuda = 12000;

    /// <summary>The oldest compute capability, as 10·major + minor.</summary>
    internal const int OldestCapability = 80;

    /// <summary>A GPU as the check sees it.</summary>
    internal readonly record struct Gpu(string Name, int Major, int Minor);

    /// <summary>Why the driver does not serve; null if it does.</summary>
    /// <param name="init">What <c>cuInit</c> returned.</param>
    /// <param name="version">The newest CUDA it supports, 1000·major + 10·minor.</param>
    /// <param name="gpus">The GPUs it sees.</param>
    internal static string? Refuse(CudaStatus init, int version, IReadOnlyList<Gpu> gpus)
    {
        if (init != CudaStatus.Success)
            return new CudaException("cuInit", init).Message;
        if (version < OldestCuda)
            return $"the NVIDIA driver supports CUDA {Version(version)}; CUDA {Version(OldestCuda)} is needed: "
                + "install driver 525 or later (Windows: 527 or later)";
        if (gpus.Count == 0)
            return new CudaException("cuDeviceGetCount", CudaStatus.NoDevice).Message;
        if (gpus.Any(Serves))
            return null;
        var seen = string.Join(", ", gpus.Select(gpu => $"{gpu.Name} has {gpu.Major}.{gpu.Minor}"));
        return $"a GPU of compute capability 8.0 (Ampere, 2020) or later is needed; {seen}";
    }

    /// <summary>Whether the kernels run on a GPU.</summary>
    internal static bool Serves(Gpu gpu) => 10 * gpu.Major + gpu.Minor >= OldestCapability;

    /// <summary>CUDA's version as people write it.</summary>
    internal static string Version(int version) => $"{version / 1000}.{version % 1000 / 10}";

    /// <summary>Starts the driver and looks at its GPUs.</summary>
    internal static string? Refuse(ICudaDriver driver, out int version)
    {
        version = 0;
        var init = driver.Init(0);
        if (init != CudaStatus.Success)
            return Refuse(init, version, []);
        driver.DriverGetVersion(out version).Check("cuDriverGetVersion");
        driver.DeviceGetCount(out var count).Check("cuDeviceGetCount");
        var gpus = new Gpu[count];
        for (var i = 0; i < count; i++)
        {
            driver.DeviceGet(out var device, i).Check("cuDeviceGet");
            driver.DeviceGetName(out var name, device).Check("cuDeviceGetName");
            driver.DeviceGetAttribute(out var major, CudaDeviceAttribute.ComputeCapabilityMajor, device).Check("cuDeviceGetAttribute");
            driver.DeviceGetAttribute(out var minor, CudaDeviceAttribute.ComputeCapabilityMinor, device).Check("cuDeviceGetAttribute");
            gpus[i] = new(name, major, minor);
        }
        return Refuse(init, version, gpus);
    }
}
