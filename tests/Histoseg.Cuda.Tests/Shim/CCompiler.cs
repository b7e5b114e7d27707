using System.ComponentModel;
using System.Diagnostics;

namespace Histoseg.Tests.Shim;

/// <summary>The machine's C compiler, for small libraries that stand in for NVIDIA's.</summary>
internal static class CCompiler
{
    /// <summary>Compiles a source beside this file to a shared library; skips the test where there is no compiler.</summary>
    internal static void Library(string source, string output)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the shims are for Linux");
        Directory.CreateDirectory(Path.GetDirectoryName(output)!);
        var path = Path.Combine(AppContext.BaseDirectory, "Shim", source);
        try
        {
            using var process = Process.Start(new ProcessStartInfo("cc",
                ["-shared", "-fPIC", $"-Wl,-soname,{Path.GetFileName(output)}", "-o", output, path, "-ldl"])
            {
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors);
        }
        catch (Win32Exception)
        {
            Skip.If(true, "there is no C compiler (cc) here");
        }
    }
}
