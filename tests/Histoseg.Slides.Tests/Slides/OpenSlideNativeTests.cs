using Histoseg.Slides.OpenSlide;

namespace Histoseg.Slides.Tests.Slides;

/// <summary>What OpenSlide's library is called on each system.</summary>
public class OpenSlideNativeTests
{
    [Theory]
    [InlineData(true, false, ".dll")]
    [InlineData(false, true, ".dylib")]
    [InlineData(false, false, ".so")]
    public void Names_are_those_of_the_system(bool windows, bool macOS, string part) =>
        Assert.All(OpenSlideNative.FileNamesOn(windows, macOS), name => Assert.Contains(part, name));

    [Theory]
    [InlineData(true, false, "libopenslide-1.dll", "libopenslide-0.dll")]
    [InlineData(false, true, "libopenslide.1.dylib", "libopenslide.0.dylib")]
    [InlineData(false, false, "libopenslide.so.1", "libopenslide.so.0")]
    public void OpenSlide_4_comes_before_3(bool windows, bool macOS, string first, string second) =>
        Assert.Equal([first, second], OpenSlideNative.FileNamesOn(windows, macOS).Take(2));
}
