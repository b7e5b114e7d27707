using System.Runtime.CompilerServices;
using Histoseg.Export.Checking;

namespace Histoseg.Export.Tests;

/// <summary>Tests that use ONNX Runtime themselves send no reports either.</summary>
internal static class Privacy
{
    [ModuleInitializer]
    public static void Keep() => RuntimeLibrary.KeepPrivate();
}
