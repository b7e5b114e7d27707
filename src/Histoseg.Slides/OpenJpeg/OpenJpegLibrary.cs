using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Histoseg.Slides.OpenJpeg.OpenJpegNative;

namespace Histoseg.Slides.OpenJpeg;

/// <summary>The native OpenJPEG library, which decodes JPEG 2000: whether it is here, and if not, what to install.</summary>
internal sealed unsafe class OpenJpegLibrary
{
    private static readonly Lazy<Availability<OpenJpegLibrary>> _found = new(Find);

    private OpenJpegLibrary() { }

    /// <summary>The library, its version as "2.5.0", or why JPEG 2000 cannot be decoded. Loaded when first asked for.</summary>
    public static Availability<OpenJpegLibrary> Found => _found.Value;

    /// <summary>Decodes a codestream into interleaved samples; colours at half resolution are repeated.</summary>
    /// <param name="stream">The codestream.</param>
    /// <param name="width">Pixels of the picture it has to have.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="samples">Samples of a pixel it has to have.</param>
    /// <param name="bits">Bits of a sample: 8 or 16.</param>
    /// <param name="bytes">Receives height × width × samples numbers of 8 or 16 bits, in the machine's byte order.</param>
    /// <returns>False: it is damaged, or a picture of another kind.</returns>
    public static bool Decode(ReadOnlySpan<byte> stream, int width, int height, int samples, int bits, byte[] bytes)
    {
        var codec = CreateDecompress(Codestream);
        var reader = CreateStream(1 << 16, 1);
        Picture* picture = null;
        try
        {
            fixed (byte* start = stream)
            {
                var input = new Input { Start = start, Length = stream.Length };
                SetRead(reader, &Read);
                SetSkip(reader, &Skip);
                SetUserData(reader, &input, null);
                SetUserDataLength(reader, (ulong)stream.Length);
                var parameters = stackalloc byte[ParametersSize];
                SetDefaultParameters(parameters);
                if (SetupDecoder(codec, parameters) == 0 || ReadHeader(reader, codec, out picture) == 0
                    || picture->Count != samples || picture->X1 - picture->X0 != width || picture->Y1 - picture->Y0 != height
                    || OpenJpegNative.Decode(codec, reader, picture) == 0)
                    return false;
                for (var sample = 0; sample < samples; sample++)
                    if (!Copy(picture->Components[sample], sample, width, height, samples, bits, bytes))
                        return false;
                return true;
            }
        }
        finally
        {
            if (picture is not null)
                DestroyImage(picture);
            DestroyStream(reader);
            DestroyCodec(codec);
        }
    }

    private struct Input
    {
        public byte* Start;
        public long Length, At;
    }

    private static bool Copy(Component component, int sample, int width, int height, int samples, int bits, byte[] bytes)
    {
        if (component.Data is null || component.Precision != bits || component.Signed != 0 || component.Width == 0 || component.Height == 0
            || component.Dx == 0 || component.Dy == 0)
            return false;
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var (column, row) = (Math.Min(x / component.Dx, component.Width - 1), Math.Min(y / component.Dy, component.Height - 1));
                var value = component.Data[row * component.Width + column];
                var at = ((long)y * width + x) * samples + sample;
                if (bits == 8)
                    bytes[at] = (byte)value;
                else
                    MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan())[(int)at] = (ushort)value;
            }
        return true;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Read(byte* buffer, nuint wanted, void* data)
    {
        var input = (Input*)data;
        var count = (long)Math.Min(wanted, (ulong)(input->Length - input->At));
        if (count == 0)
            return nuint.MaxValue; // the end, as the library has it
        Buffer.MemoryCopy(input->Start + input->At, buffer, count, count);
        input->At += count;
        return (nuint)count;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long Skip(long wanted, void* data)
    {
        var input = (Input*)data;
        var count = Math.Clamp(wanted, -input->At, input->Length - input->At);
        input->At += count;
        return count;
    }

    private static Availability<OpenJpegLibrary> Find()
    {
        try
        {
            return NativeLibraries.Load(Library, FileNames) is { } path
                ? Availability<OpenJpegLibrary>.Present(new(), path, GetVersion() ?? "unknown")
                : Availability<OpenJpegLibrary>.Absent(
                    $"none of {string.Join(", ", FileNames)} was found beside the program or where the system looks for libraries; {Remedy}");
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException or BadImageFormatException)
        {
            return Availability<OpenJpegLibrary>.Absent($"the library was found but is not OpenJPEG 2 for this system; {Remedy}");
        }
    }

    private static string Remedy =>
        OperatingSystem.IsWindows() ? "put openjp2.dll (openjpeg.org) beside the program"
        : OperatingSystem.IsMacOS() ? "install it with: brew install openjpeg"
        : "install it with: sudo apt-get install libopenjp2-7";
}
