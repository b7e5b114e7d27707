using System.Globalization;

namespace Histoseg.Engine.Devices;

/// <summary>A device as people name it: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c> or <c>auto</c>.</summary>
/// <param name="Kind">Which sort.</param>
/// <param name="Ordinal">Number of the GPU, from 0, as <c>nvidia-smi</c> lists them.</param>
public readonly record struct DeviceName(DeviceKind Kind, int Ordinal = 0)
{
    /// <summary>What a name must look like, for errors.</summary>
    public const string Syntax = "cpu, cuda, cuda:1 (the second GPU) or auto";

    /// <summary>Reads a name, in any case.</summary>
    /// <returns>Whether <paramref name="text"/> is one.</returns>
    public static bool TryParse(string text, out DeviceName name)
    {
        const string gpu = "cuda:";
        text = text.ToLowerInvariant();
        name = text switch
        {
            "cpu" => new(DeviceKind.Cpu),
            "auto" => new(DeviceKind.Auto),
            _ => new(DeviceKind.Cuda),
        };
        if (text is "cpu" or "auto" or "cuda")
            return true;
        if (!text.StartsWith(gpu, StringComparison.Ordinal)
            || !int.TryParse(text[gpu.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal))
            return false;
        name = name with { Ordinal = ordinal };
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Kind == DeviceKind.Cuda ? string.Create(CultureInfo.InvariantCulture, $"cuda:{Ordinal}") : Kind.ToString().ToLowerInvariant();
}

/// <summary>Sorts of devices.</summary>
public enum DeviceKind
{
    /// <summary>The first GPU if there is one that serves, else the processor.</summary>
    Auto,
    /// <summary>The processor.</summary>
    Cpu,
    /// <summary>An NVIDIA GPU.</summary>
    Cuda,
}
