using System.Diagnostics;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>A file system of a few hundred kilobytes, to be filled.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    /// <summary>A path on it.</summary>
    public string this[string name] => Path.Combine(_path, name);

    /// <summary>Mounts one at an empty folder; null with the reason where that is not allowed.</summary>
    public static SmallDisk? Mount(string folder, int kilobytes, out string reason)
    {
        reason = "only Linux has tmpfs";
        if (!OperatingSystem.IsLinux())
            return null;
        Directory.CreateDirectory(folder);
        reason = Command("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", folder);
        return reason.Length == 0 ? new(folder) : null;
    }

    /// <summary>Leaves this many bytes free, rounded up to blocks.</summary>
    public void FillUpTo(long free)
    {
        using var filler = File.Create(this["filler"]);
        var room = new DriveInfo(_path).AvailableFreeSpace - free;
        filler.Write(new byte[Math.Max(0, room)]);
    }

    /// <summary>Takes nothing more, from anyone, not even root.</summary>
    public void MakeReadOnly() => Assert.Equal("", Command("mount", "-o", "remount,ro", _path));

    /// <summary>Makes room again.</summary>
    public void Clear() => File.Delete(this["filler"]);

    /// <inheritdoc/>
    public void Dispose() => Command("umount", _path);

    private static string Command(string name, params string[] args)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(name, args) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : $"{name}: {error.Trim()} (exit code {process.ExitCode})";
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return $"{name}: {error.Message}";
        }
    }
}
