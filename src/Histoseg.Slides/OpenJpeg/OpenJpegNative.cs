using System.Runtime.InteropServices;

namespace Histoseg.Slides.OpenJpeg;

/// <summary>The C functions and structures of OpenJPEG 2 (openjpeg.h) that decoding a codestream takes.</summary>
internal static unsafe partial class OpenJpegNative
{
    /// <summary>The library's name in the imports.</summary>
    internal const string Library = "openjp2";

    /// <summary>A codestream without a file around it (OPJ_CODEC_J2K), as tiles of a TIFF are.</summary>
    internal const int Codestream = 0;

    // Far more than opj_dparameters_t has (8 252 bytes in 2.5); the library fills it.
    internal const int ParametersSize = 16384;

    /// <summary>File names tried.</summary>
    internal static IReadOnlyList<string> FileNames { get; } =
        OperatingSystem.IsWindows() ? ["openjp2.dll", "libopenjp2.dll"]
        : OperatingSystem.IsMacOS() ? ["libopenjp2.7.dylib", "libopenjp2.dylib", "/opt/homebrew/lib/libopenjp2.dylib", "/usr/local/lib/libopenjp2.dylib"]
        : ["libopenjp2.so.7", "libopenjp2.so"];

    /// <summary>One colour of a decoded picture (opj_image_comp_t).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Component
    {
        public uint Dx, Dy, Width, Height, X0, Y0, Precision, Bpp, Signed, Resolutions, Factor;
        public int* Data;
        public ushort Alpha;
    }

    /// <summary>A decoded picture (opj_image_t).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Picture
    {
        public uint X0, Y0, X1, Y1, Count;
        public int ColourSpace;
        public Component* Components;
        public byte* Profile;
        public uint ProfileLength;
    }

    [LibraryImport(Library, EntryPoint = "opj_version")]
    private static partial nint VersionPointer();

    [LibraryImport(Library, EntryPoint = "opj_create_decompress")]
    internal static partial nint CreateDecompress(int format);

    [LibraryImport(Library, EntryPoint = "opj_destroy_codec")]
    internal static partial void DestroyCodec(nint codec);

    [LibraryImport(Library, EntryPoint = "opj_set_default_decoder_parameters")]
    internal static partial void SetDefaultParameters(byte* parameters);

    [LibraryImport(Library, EntryPoint = "opj_setup_decoder")]
    internal static partial int SetupDecoder(nint codec, byte* parameters);

    [LibraryImport(Library, EntryPoint = "opj_read_header")]
    internal static partial int ReadHeader(nint stream, nint codec, out Picture* picture);

    [LibraryImport(Library, EntryPoint = "opj_decode")]
    internal static partial int Decode(nint codec, nint stream, Picture* picture);

    [LibraryImport(Library, EntryPoint = "opj_image_destroy")]
    internal static partial void DestroyImage(Picture* picture);

    [LibraryImport(Library, EntryPoint = "opj_stream_create")]
    internal static partial nint CreateStream(nuint buffer, int isInput);

    [LibraryImport(Library, EntryPoint = "opj_stream_destroy")]
    internal static partial void DestroyStream(nint stream);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_read_function")]
    internal static partial void SetRead(nint stream, delegate* unmanaged[Cdecl]<byte*, nuint, void*, nuint> read);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_skip_function")]
    internal static partial void SetSkip(nint stream, delegate* unmanaged[Cdecl]<long, void*, long> skip);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_user_data")]
    internal static partial void SetUserData(nint stream, void* data, void* free);

    [LibraryImport(Library, EntryPoint = "opj_stream_set_user_data_length")]
    internal static partial void SetUserDataLength(nint stream, ulong length);

    // The string belongs to the library.
    internal static string? GetVersion() => Marshal.PtrToStringUTF8(VersionPointer());
}
