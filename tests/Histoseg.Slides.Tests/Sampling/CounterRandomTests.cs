using FsCheck.Xunit;
using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Tests.Sampling;

public class CounterRandomTests
{
    [Property]
    public bool The_same_key_gives_the_same_numbers(ulong seed, ulong stream, ulong index)
    {
        var first = new CounterRandom(seed, stream, index);
        var again = new CounterRandom(seed, stream, index);
        return first.NextBits() == again.NextBits() && first.NextDouble() == again.NextDouble() && first.Below(10) == again.Below(10);
    }

    [Fact]
    public void Neighbouring_keys_give_unrelated_uniform_numbers()
    {
        var buckets = new int[10];
        var seen = new HashSet<ulong>();
        var same = 0;
        for (ulong stream = 0; stream < 300; stream++)
            for (ulong index = 0; index < 100; index++)
            {
                var random = new CounterRandom(1, stream, index);
                var previous = new CounterRandom(1, stream, index + 1);
                seen.Add(random.NextBits());
                same += random.Below(10) == (previous.NextBits() == 0 ? 0 : previous.Below(10)) ? 1 : 0;
                buckets[random.Below(10)]++;
            }
        Assert.Equal(30000, seen.Count);
        Assert.All(buckets, b => Assert.InRange(b, 2750, 3250));
        Assert.InRange(same, 2750, 3250);
    }

    [Fact]
    public void Numbers_stay_in_their_ranges_and_normals_have_unit_variance()
    {
        var random = new CounterRandom(3);
        var (sum, squares) = (0.0, 0.0);
        for (var i = 0; i < 20000; i++)
        {
            Assert.InRange(random.NextDouble(), 0, 0.9999999999999999);
            Assert.InRange(random.Below(3), 0, 2);
            var normal = random.Normal();
            sum += normal;
            squares += normal * normal;
        }
        Assert.InRange(sum / 20000, -0.03, 0.03);
        Assert.InRange(squares / 20000, 0.96, 1.04);
    }
}
