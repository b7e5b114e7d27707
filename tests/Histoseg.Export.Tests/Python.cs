using System.ComponentModel;
using System.Diagnostics;

namespace Histoseg.Export.Tests;

/// <summary>The Python of this machine that has OpenCV and numpy, if there is one (Debian: python3-opencv).</summary>
internal static class Python
{
    private static readonly Lazy<string?> _program = new(() => new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(
        program => Start(program, new Dictionary<string, string>(), "-c", "import cv2, numpy").Code == 0));

    /// <summary>Whether there is one.</summary>
    public static bool HasOpenCv => _program.Value is not null;

    /// <summary>A file of the tests.</summary>
    public static string File(string name) => Path.Combine(AppContext.BaseDirectory, "python", name);

    /// <summary>Runs it and gives what it printed; fails with what it had to say.</summary>
    public static string Run(params string[] arguments) => Run(new Dictionary<string, string>(), arguments);

    /// <summary>The same with settings in its environment.</summary>
    public static string Run(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var (code, output) = Start(_program.Value!, environment, arguments);
        Assert.True(code == 0, output);
        return output;
    }

    private static (int Code, string Output) Start(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            process.WaitForExit();
            return (process.ExitCode, process.ExitCode == 0 ? output.Result : error.Result);
        }
        catch (Win32Exception)
        {
            return (-1, $"{program} is not there");
        }
    }
}
