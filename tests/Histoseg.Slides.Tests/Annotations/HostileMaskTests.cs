using Histoseg.Slides.Labels;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Slides.Tests.Annotations;

/// <summary>Masks that would take all memory.</summary>
public sealed class HostileMaskTests : IDisposable
{
    private const int Width = 40, Height = 24;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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
}
