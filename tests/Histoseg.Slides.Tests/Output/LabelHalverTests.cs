using Histoseg.Slides.Output;

namespace Histoseg.Slides.Tests.Output;

public class LabelHalverTests
{
    // Rows as digits; x is unreadable.
    private static string Halve(params string[] rows)
    {
        var halver = new LabelHalver();
        var halved = new byte[(rows[0].Length + 1) / 2];
        var text = new List<string>();
        for (var y = 0; y < rows.Length; y += 2)
        {
            halver.Halve(Row(rows[y]), Row(rows[Math.Min(y + 1, rows.Length - 1)]), halved);
            text.Add(string.Concat(halved.Select(label => label == 255 ? 'x' : (char)('0' + label))));
        }
        return string.Join(',', text);

        static byte[] Row(string row) => [.. row.Select(letter => letter == 'x' ? (byte)255 : (byte)(letter - '0'))];
    }

    [Fact]
    public void A_label_that_three_of_four_have_wins()
    {
        Assert.Equal("1032", Halve("11023322", "01003022"));
        Assert.Equal("x0x", Halve("xx0x0x", "xx00xx"));
    }

    [Fact]
    public void The_one_label_that_two_of_four_have_wins() => Assert.Equal("22", Halve("1220", "2321"));

    [Fact]
    public void Ties_go_to_the_label_that_is_owed()
    {
        Assert.Equal("01010", Halve("0000000000", "1111111111"));
        Assert.Equal("012,331", Halve("010101", "232323", "303131", "122020"));
    }

    [Fact]
    public void A_straight_object_between_blocks_keeps_its_width() =>
        // Columns 1 to 6: of the two that are half in the object, one in each row is the object's.
        Assert.Equal("0111,0111", Halve("01111110", "01111110", "01111110", "01111110"));

    [Fact]
    public void At_an_odd_edge_the_last_row_and_column_count_twice() => Assert.Equal("12,32", Halve("112", "112", "332"));

    [Fact]
    public void Specks_that_no_majority_would_keep_keep_their_area_and_none_appears_where_none_was()
    {
        // One pixel of four in every block: once more than 16 pixels are owed, every fourth block is a speck.
        var halver = new LabelHalver();
        byte[] top = [.. Enumerable.Repeat((byte)0, 2000)], bottom = [.. Enumerable.Range(0, 2000).Select(x => (byte)(x % 2))];
        var halved = new byte[1000];
        halver.Halve(top, bottom, halved);
        Assert.Equal(17, halved.IndexOf((byte)1));
        Assert.Equal(246, halved.Count(label => label == 1));
        halver.Halve(top, top, halved);
        Assert.All(halved, label => Assert.Equal(0, label));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(23)]
    [InlineData(50)]
    [InlineData(95)]
    public void Areas_of_a_speckled_map_stay_within_2_percent_at_every_level(int percent) =>
        AssertAreas(x => (byte)(x < percent ? 1 : 0));

    [Fact]
    public void Areas_of_many_classes_and_unreadable_specks_stay_within_2_percent_at_every_level() =>
        AssertAreas(x => x switch { < 40 => 0, < 70 => 1, < 85 => 2, < 90 => 3, < 96 => 4, _ => 255 });

    private static void AssertAreas(Func<int, byte> label)
    {
        const int side = 2048;
        var random = new Random(7);
        byte[] map = [.. Enumerable.Range(0, side * side).Select(_ => label(random.Next(100)))];
        var expected = Shares(map);
        for (var width = side; width > 256; width /= 2)
        {
            var halver = new LabelHalver();
            var half = new byte[width / 2 * (width / 2)];
            for (var y = 0; y < width / 2; y++)
                halver.Halve(map.AsSpan(2 * y * width, width), map.AsSpan((2 * y + 1) * width, width), half.AsSpan(y * width / 2, width / 2));
            map = half;
            var shares = Shares(map);
            Assert.Equal(expected.Keys.Order(), shares.Keys.Order());
            Assert.All(expected, share => Assert.InRange(shares[share.Key] / share.Value, 0.98, 1.02));
        }
    }

    private static Dictionary<byte, double> Shares(byte[] map) =>
        map.CountBy(label => label).ToDictionary(pair => pair.Key, pair => (double)pair.Value / map.Length);
}
