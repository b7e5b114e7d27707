using System.Runtime.InteropServices;

namespace Histoseg.Slides.OpenSlide;

/// <summary>An <c>openslide_t*</c>; invalid when OpenSlide does not recognise the file.</summary>
internal sealed class OpenSlideHandle : SafeHandle
{
    /// <summary>An empty handle for the marshaller to fill.</summary>
    public OpenSlideHandle() : base(0, ownsHandle: true) { }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        OpenSlideNative.Close(handle);
        return true;
    }
}
