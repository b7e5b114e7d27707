using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ranks;

namespace Histoseg.Engine.Tests.Ranks;

/// <summary>Calls to other ranks are made one after another, in the order in which they are asked for.</summary>
public class RankQueueTests
{
    [Fact]
    public void What_is_asked_for_and_waited_for_comes_after_what_was_posted_before()
    {
        var made = ThreadRanks.Run(2, group =>
        {
            using var queue = new RankQueue(group);
            var order = new List<int>();
            var posted = Enumerable.Range(0, 5).Select(i => new RankCall(_ =>
            {
                Thread.Sleep(5);
                order.Add(i);
            })).ToList();
            posted.ForEach(queue.Post);
            queue.Call(new(_ => order.Add(5)));
            posted.ForEach(queue.Wait);
            return order;
        });
        Assert.All(made, order => Assert.Equal([0, 1, 2, 3, 4, 5], order));
    }

    [Fact]
    public void After_one_that_failed_all_fail_and_none_is_made()
    {
        ThreadRanks.Run(2, group =>
        {
            using var queue = new RankQueue(group);
            RankCall fails = new(_ => throw new RankError("rank 1 of 2 has gone")), after = new(_ => Assert.Fail("it was made"));
            queue.Post(fails);
            queue.Post(after);
            Assert.Equal("rank 1 of 2 has gone", Assert.Throws<RankError>(() => queue.Wait(after)).Message);
            Assert.Throws<RankError>(() => queue.Wait(fails));
            Assert.Throws<RankError>(() => queue.Call(after));
            return true;
        });
    }

    [Fact]
    public void A_rank_that_fell_silent_has_its_own_numbers()
    {
        var sums = ThreadRanks.Run(2, group =>
        {
            using var queue = new RankQueue(group);
            var numbers = new double[] { group.Rank + 1 };
            var call = new RankCall(all => all.Sum(numbers));
            queue.Call(call);
            queue.FallSilent();
            queue.Call(call);
            return numbers[0];
        });
        Assert.Equal([3, 3], sums);
    }
}
