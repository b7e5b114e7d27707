using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides;
using Histoseg.Slides.Output;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>A slide of more rows than can wait, through a network on the GPU, whose outputs cannot be written.</summary>
public class SlideOnCudaTests
{
    private sealed class Tissue(int height = 1536) : ISlide
    {
        public string Path => "tissue.svs";
        public IReadOnlyList<SlideLevel> Levels { get; } = [new(32, height, 1)];
        public double? MicronsPerPixel => 1;
        public ScaleSource ScaleSource => ScaleSource.Properties;

        public bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb)
        {
            rgb[..(width * height * 3)].Fill(100);
            return true;
        }

        public void Dispose() { }
    }

    private sealed class FullDisk(int room) : ILabelRows
    {
        private int _written;

        public bool Closed { get; private set; }

        public void Write(ReadOnlySpan<byte> rows)
        {
            Assert.False(Closed);
            if ((_written += rows.Length) > room)
                throw new WriteError("mask.tif", new IOException("No space left on device", 28));
        }

        public void Complete() { }

        public void Dispose() => Closed = true;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32 * 1535)]
    public void A_full_disk_ends_the_slide_with_its_error_and_leaves_the_gpu_fit_for_the_next(int room)
    {
        var driver = new SoftwareCudaDriver();
        using (var backend = new CudaBackend(CudaDevice.Open(driver), Precision.Fp32))
        using (var segmenter =
            new PatchSegmenter(backend, Network.Create(new() { Width = 1, K = 3, GicnChannels = 2 }, classes: 2), 32, 4, Normalisation.ImageNet))
        {
            var (segmentation, view) = (new SlideSegmentation(segmenter, new() { Overlap = 0 }), new SlideView(new Tissue(), 1, 1));
            using (var disk = new FullDisk(room))
                Assert.Contains("the disk is full", Assert.Throws<WriteError>(() => segmentation.Run(view, [disk])).Message);
            using var enough = new FullDisk(int.MaxValue);
            Assert.Equal(0, segmentation.Run(view, [enough]).UnreadablePixels);
        }
        Assert.Empty(driver.Leaks());
        Assert.Empty(driver.Faults);
        driver.Dispose();
    }

    /// <summary>Of a slide cut into patches that overlap by half, each pixel goes to the GPU once; turned views are made there.</summary>
    [Theory]
    [InlineData(false, 768)]
    [InlineData(true, 512)]
    public void A_pixel_goes_to_the_gpu_once_however_patches_overlap(bool tta, int height)
    {
        var driver = new SoftwareCudaDriver();
        using (var backend = new CudaBackend(CudaDevice.Open(driver), Precision.Fp32))
        using (var segmenter =
            new PatchSegmenter(backend, Network.Create(new() { Width = 1, K = 3, GicnChannels = 2 }, classes: 2), 32, 4, Normalisation.ImageNet))
        {
            var view = new SlideView(new Tissue(height), 1, 1);
            using var labels = new FullDisk(int.MaxValue);
            var before = driver.BytesSent;
            var result = new SlideSegmentation(segmenter, new() { Overlap = 0.5, Tta = tta }).Run(view, [labels]);
            Assert.Equal(2 * height / 32 - 1, result.SegmentedPatches);
            Assert.InRange((driver.BytesSent - before) / (view.Width * view.Height * 3.0), 1, 1.2);
        }
        Assert.Empty(driver.Faults);
        driver.Dispose();
    }
}
