using FsCheck.Xunit;
using Histoseg.Segmentation.Evaluation.Froc;
using Histoseg.Segmentation.Tests.Inference.CleanUp;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Tests.Evaluation.Froc;

public sealed class DetectionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("histoseg-froc-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static List<Detection> Find(byte[] labels, byte[] heat, int width, double downsample = 1)
    {
        var finder = new DetectionFinder(1);
        for (var at = 0; at < labels.Length; at += width)
            finder.Add(labels.AsSpan(at, width), heat.AsSpan(at, width));
        return finder.Detections(downsample);
    }

    [Property(MaxTest = 200)]
    public void Every_region_has_one_detection_at_its_hottest(int seed)
    {
        var random = new Random(seed);
        int width = random.Next(1, 20), height = random.Next(1, 20);
        byte[] labels =
            [.. Enumerable.Range(0, width * height).Select(_ => random.Next(6) switch { < 3 => (byte)0, 3 => (byte)2, 4 => (byte)1, _ => (byte)255 })];
        byte[] heat = [.. labels.Select(_ => (byte)random.Next(0, 4))];
        var regions = FloodFill.Regions(labels, width, byCorners: true, label => label == 1);
        var found = Find(labels, heat, width);
        Assert.Equal(regions.Count, found.Count);
        foreach (var region in regions)
        {
            var detection = Assert.Single(found, detection => region.Contains((int)(detection.Y * width + detection.X)));
            Assert.Equal(region.Max(at => heat[at]) / 255.0, detection.Confidence);
            Assert.Equal(detection.Confidence, heat[detection.Y * width + detection.X] / 255.0);
        }
    }

    [Fact]
    public void The_place_is_amid_the_longest_run_of_the_highest_heat_in_level_0_pixels()
    {
        byte[] labels = [0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1];
        byte[] heat = [9, 9, 7, 9, 8, 1, 9, 3, 9, 9, 9, 2];
        Assert.Equal([new(9 / 255.0, (long)(3.5 * 4.5), (long)(1.5 * 4.5))], Find(labels, heat, 6, 4.5));
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 1, 0, 9, 9, 0, 1, 1, 1, 1 }, 0, 2)] // the left part is begun first, though the right one has its peak further up
    [InlineData(new byte[] { 0, 0, 1, 9, 0, 1, 1, 0, 9, 1, 1, 1 }, 2, 2)] // the right one is
    [InlineData(new byte[] { 0, 0, 1, 9, 0, 9, 9, 0, 9, 1, 1, 9 }, 2, 1)] // and of its peaks the first
    public void Of_equal_peaks_the_first_of_the_part_begun_first_is_the_place(byte[] heat, int x, int y) =>
        Assert.Equal([new(9 / 255.0, x, y)], Find([.. heat.Select(value => (byte)(value == 0 ? 0 : 1))], heat, 3));

    [Fact]
    public void Detections_come_from_top_to_bottom_whichever_ends_first()
    {
        byte[] labels = [0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1];
        Assert.Equal([(2L, 0L), (0L, 1L), (0L, 3L)], Find(labels, labels, 3).Select(detection => (detection.X, detection.Y)));
    }

    [Fact]
    public void Lists_are_read_as_they_are_written()
    {
        var path = Path.Combine(_folder, "lists", "a.csv");
        Detection[] list = [new(1, 5, 7), new(0.5, 123_456, 0), new(0.25, 1, 2)];
        DetectionList.Write(path, list);
        Assert.Equal("1,5,7\n0.5,123456,0\n0.25,1,2\n", File.ReadAllText(path));
        Assert.Equal(list, DetectionList.Read(path));
        File.WriteAllText(path, " 0.5 , 12.0, 7.9\r\n\r\n1e-3,1,2");
        Assert.Equal([new(0.5, 12, 7), new(0.001, 1, 2)], DetectionList.Read(path));
        DetectionList.Write(path, []);
        Assert.Empty(DetectionList.Read(path));
    }

    [Theory]
    [InlineData("0.5,1,2\nconfidence,x,y\n", "line 2")]
    [InlineData("0.5,1\n", "line 1")]
    [InlineData("-0.5,1,2\n", "line 1")]
    [InlineData("NaN,1,2\n", "line 1")]
    [InlineData("0.5,1,1e30\n", "line 1")]
    public void Lines_that_are_no_detections_are_named(string text, string says)
    {
        var path = Path.Combine(_folder, "a.csv");
        File.WriteAllText(path, text);
        Assert.Contains(says, Assert.Throws<SlideError>(() => DetectionList.Read(path)).Message);
    }

    [Fact]
    public void A_missing_list_is_an_error() =>
        Assert.Contains("no such list", Assert.Throws<SlideError>(() => DetectionList.Read(Path.Combine(_folder, "a.csv"))).Message);
}
