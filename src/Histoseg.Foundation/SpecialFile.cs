using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Histoseg.Foundation;

/// <summary>Tells pipes, sockets and devices from files with content. To open one to find out could wait for ever, so the system is asked.</summary>
public static partial class SpecialFile
{
    // Of the kernel's struct statx, whose layout is the same on every processor.
    private const int StructBytes = 256, ModeAt = 28, MaskType = 1, InWorkingFolder = -100;

    /// <summary>What a path leads to where it is no file with content, e.g. "a named pipe"; null: it is a file or folder, or this system cannot tell.</summary>
    public static string? KindOf(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var status = new byte[StructBytes];
        try
        {
            if (Statx(InWorkingFolder, path, 0, MaskType, status) != 0)
                return null;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return null; // a C library older than the call
        }
        return (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(ModeAt)) & 0xF000) switch
        {
            0x1000 => "a named pipe",
            0x2000 => "a device",
            0x6000 => "a device",
            0xC000 => "a socket",
            _ => null,
        };
    }

    [LibraryImport("libc.so.6", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte[] status);
}
