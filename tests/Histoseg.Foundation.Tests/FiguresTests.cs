namespace Histoseg.Foundation.Tests;

/// <summary>Numbers in text.</summary>
public class FiguresTests
{
    [Theory]
    [InlineData(0, "0 slides", "the 0 slides", "all 0 slides")]
    [InlineData(1, "1 slide", "the one slide", "the one slide")]
    [InlineData(12, "12 slides", "the 12 slides", "all 12 slides")]
    public void One_is_told_of_as_one(int count, string plain, string the, string all)
    {
        Assert.Equal(plain, Figures.Count(count, "slide"));
        Assert.Equal(the, Figures.The(count, "slide"));
        Assert.Equal(all, Figures.All(count, "slide"));
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 kB")]
    [InlineData(12_345, "12 kB")]
    [InlineData(999_600, "1.0 MB")]
    [InlineData(3_440_000_000, "3.4 GB")]
    [InlineData(long.MaxValue, "9.2 EB")]
    public void Sizes_are_in_words(long bytes, string words) => Assert.Equal(words, Figures.Bytes(bytes));
}
