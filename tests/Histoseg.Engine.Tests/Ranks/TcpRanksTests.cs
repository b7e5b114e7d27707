using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Histoseg.Engine.Ranks;

namespace Histoseg.Engine.Tests.Ranks;

/// <summary>Ranks over TCP, here as threads.</summary>
public class TcpRanksTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static string FreePlace()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        return $"localhost:{((IPEndPoint)socket.LocalEndPoint!).Port}";
    }

    private static T[] Run<T>(int count, TimeSpan limit, Func<RankGroup, T> asRank)
    {
        var meeting = FreePlace();
        var ranks = Enumerable.Range(0, count).Select(rank => Task.Factory.StartNew(() =>
        {
            using var group = RankOpener.Open(new(rank, count, rank, meeting), limit);
            return asRank(group);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Assert.True(Task.WhenAll(ranks).ContinueWith(_ => { }, TaskScheduler.Default).Wait(Patience), "ranks hang");
        return [.. ranks.Select(rank => rank.Result)];
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 7)]
    // Not whole pieces of a message.
    [InlineData(3, 300_001)]
    public void Sums_are_those_in_the_order_of_the_ranks_everywhere(int count, int length)
    {
        float[] Numbers(int rank) => [.. Enumerable.Range(0, length).Select(i => (rank + 1) * 0.1f / (i + 1))];
        var sums = Run(count, Patience, group =>
        {
            var (single, twice) = (Numbers(group.Rank), Array.ConvertAll(Numbers(group.Rank), x => (double)x));
            group.Sum(single);
            group.Sum(twice);
            return (single, twice);
        });
        var (expected, exact) = (Numbers(0), Array.ConvertAll(Numbers(0), x => (double)x));
        foreach (var numbers in Enumerable.Range(1, count - 1).Select(Numbers))
            for (var i = 0; i < length; i++)
                (expected[i], exact[i]) = (expected[i] + numbers[i], exact[i] + numbers[i]);
        Assert.All(sums, sum => Assert.Equal(expected, sum.single));
        Assert.All(sums, sum => Assert.Equal(exact, sum.twice));
    }

    [Fact]
    public void What_rank_0_has_is_given_to_all()
    {
        var given = Run(3, Patience, group =>
        {
            var numbers = Enumerable.Range(0, 100_000).Select(i => group.Rank == 0 ? i : -1f).ToArray();
            group.Broadcast(numbers);
            return numbers;
        });
        Assert.All(given, numbers => Assert.Equal(given[0], numbers));
        Assert.Equal(99_999, given[2][^1]);
    }

    [Theory]
    [InlineData(0, "rank 0 of 2 has gone")]
    [InlineData(1, "rank 1 of 2 has gone")]
    public void A_rank_that_leaves_is_noticed_at_once(int leaves, string told)
    {
        var clock = Stopwatch.StartNew();
        var errors = Run(2, TimeSpan.FromSeconds(30), group => group.Rank == leaves ? null : Record.Exception(() => group.Sum(new float[1])));
        Assert.Equal(told, Assert.IsType<RankError>(errors[1 - leaves]).Message);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_rank_that_says_nothing_is_waited_for_as_long_as_was_asked(int silent)
    {
        using var heard = new ManualResetEventSlim();
        var errors = Run(2, TimeSpan.FromSeconds(1), group =>
        {
            if (group.Rank == silent)
            {
                heard.Wait();
                return null;
            }
            var error = Record.Exception(() => group.Sum(new float[1]));
            heard.Set();
            return error;
        });
        Assert.StartsWith($"rank {silent} of 2 answered nothing for 1 s", Assert.IsType<RankError>(errors[1 - silent]).Message);
    }

    [Fact]
    public void A_rank_that_never_comes_is_not_waited_for_without_end()
    {
        var place = FreePlace();
        Assert.StartsWith("rank 1 of 2 answered nothing for 1 s",
            Assert.Throws<RankError>(() => RankOpener.Open(new(0, 2, 0, place), TimeSpan.FromSeconds(1))).Message);
        Assert.StartsWith("rank 1 of 2 cannot reach rank 0 at localhost, port",
            Assert.Throws<RankError>(() => RankOpener.Open(new(1, 2, 0, place), TimeSpan.FromSeconds(1))).Message);
    }

    [Fact]
    public async Task A_stranger_at_the_door_is_sent_away()
    {
        var place = FreePlace();
        var port = int.Parse(place.Split(':')[1]);
        var leader = Task.Run(() => RankOpener.Open(new(0, 2, 0, place), Patience));
        using var stranger = new Socket(SocketType.Stream, ProtocolType.Tcp);
        Assert.True(SpinWait.SpinUntil(() =>
        {
            try
            {
                stranger.Connect("localhost", port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }, Patience));
        stranger.Send("GET / HTTP/1.1\r\n\r\n"u8);
        using var other = RankOpener.Open(new(1, 2, 0, place), Patience);
        using var first = await leader;
        Assert.Equal((0, 1), (first.Rank, other.Rank));
    }

    [Fact]
    public void A_port_that_is_taken_is_told()
    {
        using var taken = new Socket(SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        taken.Listen();
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        Assert.StartsWith($"rank 0 cannot listen for the others on port {port}",
            Assert.Throws<RankError>(() => RankOpener.Open(new(0, 2, 0, $"localhost:{port}"), TimeSpan.FromSeconds(1))).Message);
    }

    [Fact]
    public void Ranks_on_the_same_cores_share_them()
    {
        var cores = Run(2, Patience, group => group.Cores);
        Assert.All(cores, own => Assert.Equal(Math.Max(1, Environment.ProcessorCount / 2), own));
    }
}
