using FsCheck.Xunit;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Slides.Tests.Annotations;

/// <summary>Whatever the bytes of a mask, it is opened and read, or there is a <see cref="SlideError"/> of one line.</summary>
public sealed class MaskFuzzTests : IDisposable
{
    private const int Width = 40, Height = 24;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property(MaxTest = 200)]
    public void Mutated_png(int place, byte value, int cut)
    {
        SmallPng.Write(_folder["m.png"], Width, Height, 2, new byte[12], (x, y) => (byte)((x + y) % 4), interlaced: (value & 1) == 1);
        Check("m.png", place, value, cut);
    }

    [Property(MaxTest = 200)]
    public void Mutated_tiff(int place, byte value, int cut)
    {
        SmallTiff.Write(_folder["m.tif"], (value & 1) == 1,
            new SmallTiffPage(Width, Height, new byte[Width * Height]) { Photometric = 3, Palette = new int[768] });
        Check("m.tif", place, value, cut);
    }

    [Fact]
    public void A_png_that_claims_more_than_it_can_hold_takes_no_memory()
    {
        SmallPng.Write(_folder["m.png"], Width, Height, 1, [], (_, _) => 1);
        var bytes = File.ReadAllBytes(_folder["m.png"]);
        (bytes[17], bytes[21]) = (0, 0);
        (bytes[18], bytes[22]) = (170, 170); // 43 560 × 43 544
        File.WriteAllBytes(_folder["m.png"], bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("damaged or cut short", Assert.Throws<SlideError>(() => new LabelPicture(_folder["m.png"], LabelPictureKind.Mask)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private void Check(string name, int place, byte value, int cut)
    {
        var bytes = File.ReadAllBytes(_folder[name]);
        // At the front, where sizes and kinds stand, or at the end, where a TIFF's directory does.
        var at = Math.Abs((long)place) % Math.Min(bytes.Length, 300);
        bytes[cut % 2 == 0 ? at : bytes.Length - 1 - at] = value;
        File.WriteAllBytes(_folder[name], cut % 5 == 0 ? bytes[..(bytes.Length / 2)] : bytes);
        try
        {
            using var picture = new LabelPicture(_folder[name], LabelPictureKind.Mask);
            Assert.Equal(picture.Width, picture.ReadRows(0, 1).Length);
        }
        catch (SlideError error)
        {
            Assert.DoesNotContain('\n', error.Message);
            Assert.DoesNotContain("vips", error.Message);
        }
    }
}
