namespace Histoseg.Foundation.Tests;

/// <summary>The name somebody probably meant.</summary>
public class NearestNameTests
{
    private static readonly string[] Known = ["width", "gicn_channels", "k"];

    [Theory]
    [InlineData("widht", "width")]
    [InlineData("WIDTH", "width")]
    [InlineData("gicn_chanels", "gicn_channels")]
    [InlineData("temperature", null)]
    public void The_closest_is_found_where_it_is_near(string given, string? name) => Assert.Equal(name, NearestName.Of(given, Known));

    [Fact]
    public void The_closest_however_far_is_found_too_and_none_of_none()
    {
        Assert.Equal("k", NearestName.Closest("", Known));
        Assert.Null(NearestName.Closest("width", []));
    }

    [Fact]
    public void A_hint_is_given_or_nothing()
    {
        Assert.Equal(" (did you mean 'width'?)", NearestName.Hint("with", Known));
        Assert.Equal("", NearestName.Hint("temperature", Known));
    }

    [Fact]
    public void A_name_of_any_length_is_compared_in_no_time() => Assert.Null(NearestName.Of(new string('x', 1_000_000), Known));
}
