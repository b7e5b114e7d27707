using Histoseg.Slides.Annotations;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Output;
using Histoseg.Slides.Tests.Slides;

namespace Histoseg.Slides.Tests.Annotations;

public sealed class LabelMapTests : IDisposable
{
    private const int Width = 1500, Height = 1100;
    private readonly string _folder = Directory.CreateTempSubdirectory("histoseg-").FullName;
    private readonly MemorySlide _slide = new([new(Width * 2, Height * 2, 1)], (_, _, _, _) => 0);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Squares of 100 pixels with all labels that can be.
    private static byte Label(int x, int y) => (byte)(x / 100 + 20 * (y / 100));

    private string Written()
    {
        var path = Path.Combine(_folder, "labels.tif");
        using var writer = new PyramidWriter(path, Width, Height, 0.5, PyramidKind.Labels);
        var row = new byte[Width];
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
                row[x] = Label(x, y);
            writer.Write(row);
        }
        writer.Complete();
        return path;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0.7)]
    [InlineData(9.5)]
    [InlineData(40)]
    public void Labels_are_those_of_the_file_at_any_scale_and_255_outside(double downsample)
    {
        using var map = new LabelMap(Written(), _slide);
        var labels = new byte[90 * 70];
        map.Paint(-3, 20, 90, 70, downsample, labels);
        // The pyramid's labels are nearest ones: right but for the rims of the squares.
        var rim = downsample / 2 > 2 ? downsample / 2 : 0;
        for (var j = 0; j < 70; j++)
            for (var i = 0; i < 90; i++)
            {
                var (x, y) = ((i - 3 + 0.5) * downsample / 2, (j + 20.5) * downsample / 2);
                if (x < 0 || x >= Width + rim || y >= Height + rim)
                    Assert.Equal(ClassMap.Ignore, labels[j * 90 + i]);
                else if (x < Width - rim && y < Height - rim && x % 100 >= rim && x % 100 < 100 - rim && y % 100 >= rim && y % 100 < 100 - rim)
                    Assert.Equal(Label((int)x, (int)y), labels[j * 90 + i]);
            }
    }

    [Fact]
    public void Only_the_columns_and_the_level_needed_are_read()
    {
        var spy = new Spy();
        using var map = new LabelMap(spy, _slide);
        map.Paint(1000, 1000, 64, 64, 2, new byte[64 * 64]);
        Assert.Equal((0, 64L * 64), spy.Reads.Single());
        spy.Reads.Clear();
        map.Paint(0, 0, 94, 69, 32, new byte[94 * 69]);
        Assert.All(spy.Reads, read => Assert.Equal(1, read.Level));
        Assert.InRange(spy.Reads.Sum(read => read.Pixels), 1, 375 * 275);
    }

    [Theory]
    [InlineData(300, 100_000, 2.3)]
    [InlineData(100_000, 300, 2.3)]
    [InlineData(100_000, 90_000, 2.0005)]
    public void At_the_far_corner_labels_are_at_their_place(int width, int height, double downsample)
    {
        var view = new SlideView(new MemorySlide([new(width, height, 1)], (_, _, _, _) => 0), 1, downsample);
        using var map = new LabelMap(new Coordinates(view.Width, view.Height), view.Slide);
        var labels = new byte[100];
        map.Paint(view.Width - 10, view.Height - 10, 10, 10, downsample, labels);
        // The map's size is rounded to whole pixels: no label is more than one off.
        for (var i = 0; i < labels.Length; i++)
            Assert.InRange(labels[i], (i % 10) + (i / 10) + 100 - 2, (i % 10) + (i / 10) + 100);
    }

    /// <summary>A map whose labels tell how far from the far corner they are: 118 in it.</summary>
    private sealed class Coordinates(int width, int height) : ILabelPicture
    {
        public IReadOnlyList<SlideLevel> Levels { get; } = [new(width, height, 1)];

        public byte[] Read(int level, int x, int y, int columns, int rows) =>
            [.. Enumerable.Range(0, columns * rows).Select(i => (byte)Math.Max(0, 118 - (width - 1 - x - (i % columns)) - (height - 1 - y - (i / columns))))];

        public void Dispose() { }
    }

    /// <summary>A map with a level of a quarter that keeps what is read.</summary>
    private sealed class Spy : ILabelPicture
    {
        public List<(int Level, long Pixels)> Reads { get; } = [];
        public IReadOnlyList<SlideLevel> Levels { get; } = [new(Width, Height, 1), new(Width / 4, Height / 4, 4)];

        public byte[] Read(int level, int x, int y, int width, int height)
        {
            Reads.Add((level, (long)width * height));
            return new byte[width * height];
        }

        public void Dispose() { }
    }
}
