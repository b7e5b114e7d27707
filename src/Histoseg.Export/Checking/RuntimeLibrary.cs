using System.Runtime.InteropServices;

namespace Histoseg.Export.Checking;

/// <summary>What must be done before ONNX Runtime is loaded.</summary>
internal static partial class RuntimeLibrary
{
    private const string Switch = "ORT_DISABLE_TELEMETRY";

    static RuntimeLibrary()
    {
        // .NET keeps an environment of its own, which native libraries do not see.
        if (OperatingSystem.IsWindows())
            SetOnWindows(Switch, "1");
        else
            Set(Switch, "1", 1);
    }

    /// <summary>
    /// Keeps ONNX Runtime from sending reports of its use to its maker and from writing an identity of this machine to the user's folder,
    /// which its released libraries do unless told otherwise. Must be called before anything of ONNX Runtime is used.
    /// </summary>
    public static void KeepPrivate()
    {
        // The static constructor does it, once.
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Set(string name, string value, int overwrite);

    [LibraryImport("ucrtbase.dll", EntryPoint = "_wputenv_s", StringMarshalling = StringMarshalling.Utf16)]
    private static partial int SetOnWindows(string name, string value);
}
