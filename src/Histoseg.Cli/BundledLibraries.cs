using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Histoseg.Cli;

/// <summary>
/// The native libraries inside the published Linux program, loaded from memory: nothing is unpacked, so that the program runs without a home, without
/// room in /tmp and from a disk that takes no files.
/// </summary>
/// <remarks>
/// A program that is not published so holds none, and .NET finds the files beside it. A file of a library's name beside the published program is
/// taken in place of the one inside.
/// </remarks>
internal static partial class BundledLibraries
{
    // The assembly that calls each, and the library's file.
    private static readonly (string Assembly, string File)[] _libraries =
        [("NetVips", "libvips.so.42"), ("Microsoft.ML.OnnxRuntime", "libonnxruntime.so")];

    // The system knows a library by its path, so a number must not come again for another one.
    private static readonly List<FileStream> _open = [];

    /// <summary>
    /// Has each loaded when it is first called. Decided before anything runs: many threads may open slides at once, and the first of them must not be the
    /// only one that finds the library.
    /// </summary>
    public static void Serve()
    {
        if (!OperatingSystem.IsLinux())
            return;
        foreach (var (assembly, file) in _libraries.Where(library => Inside(library.File) is not null))
        {
            var loaded = new Lazy<nint>(() => Load(file));
            NativeLibrary.SetDllImportResolver(Assembly.Load(assembly), (_, _, _) => loaded.Value);
        }
    }

    /// <summary>Loads a library from memory.</summary>
    /// <param name="content">The file.</param>
    /// <param name="name">Its name, for the system's lists.</param>
    /// <returns>The handle; 0 if the system does not allow it.</returns>
    internal static nint LoadFromMemory(Stream content, string name)
    {
        var descriptor = CreateFileInMemory(name, 0);
        if (descriptor < 0)
            return 0;
        var file = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Write, bufferSize: 1);
        content.CopyTo(file);
        file.Flush();
        if (NativeLibrary.TryLoad(FormattableString.Invariant($"/proc/self/fd/{descriptor}"), out var library))
            _open.Add(file);
        else
            file.Dispose();
        return library;
    }

    private static nint Load(string name)
    {
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, name)))
            return 0;
        using var content = Inside(name);
        return content is null ? 0 : LoadFromMemory(content, name);
    }

    private static Stream? Inside(string name) => typeof(BundledLibraries).Assembly.GetManifestResourceStream(name);

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateFileInMemory(string name, uint flags);
}
