using System.Collections.Concurrent;
using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda;

/// <summary>Modules read before, for all devices of this process: reading a large one takes longer than most tests' kernels.</summary>
internal static class ParsedModules
{
    private static readonly ConcurrentDictionary<string, Lazy<PtxModule>> _known = [];

    /// <summary>Reads a module, or finds it. One with variables is read anew, because each device places them elsewhere.</summary>
    /// <exception cref="PtxError">Something in it is not understood.</exception>
    public static PtxModule Parse(string text)
    {
        var module = _known.GetOrAdd(text, _ => new(() => PtxModule.Parse(text))).Value;
        return module.Variables.Count == 0 ? module : PtxModule.Parse(text);
    }
}
