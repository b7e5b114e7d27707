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
}
