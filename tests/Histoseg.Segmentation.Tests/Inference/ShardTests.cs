using System.Text.Json;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Segmentation.Tests.Inference;

public sealed class ShardTests : IDisposable
{
    private readonly FakeSlideFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(12, 1)]
    [InlineData(12, 5)]
    [InlineData(3, 7)]
    [InlineData(0, 2)]
    public void Every_slide_is_in_one_shard_whatever_the_order_of_the_inputs(int slides, int count)
    {
        string[] all = [.. Enumerable.Range(0, slides).Select(i => $"/in/{i * 7919 % 100:000}.svs")];
        string[] turned = [.. all.Reverse()];
        string[][] shards = [.. Enumerable.Range(1, count).Select(i => new Shard(i, count).Of(all).Select(place => all[place]).ToArray())];
        Assert.Equal(all.Order(StringComparer.Ordinal), shards.SelectMany(shard => shard).Order(StringComparer.Ordinal));
        Assert.True(shards.Max(shard => shard.Length) - shards.Min(shard => shard.Length) <= 1);
        for (var i = 1; i <= count; i++)
        {
            var again = new Shard(i, count).Of(turned).Select(place => turned[place]);
            Assert.Equal(shards[i - 1].Order(StringComparer.Ordinal), again.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void The_first_of_two_has_the_first_third_and_fifth_by_path() =>
        Assert.Equal([0, 1, 4], new Shard(1, 2).Of(["/b/1.svs", "/a/1.svs", "/a/2.svs", "/b/2.svs", "/b/3.svs"]).Order());

    [Fact]
    public void Shards_write_each_slide_once_and_under_the_names_it_has_without_shards()
    {
        // By themselves either would be named a.
        foreach (var name in new[] { "one/a.svs", "two/a.svs", "b.svs", "c.svs", "d.svs" })
            _folder.Slide(name);
        RunStart? begun = null;
        var first = _folder.Run(new() { Shard = new(1, 2), Begun = start => begun = start });
        Assert.Equal((3, 5, new Shard(1, 2)), (begun!.Slides, begun.OfSlides, begun.Shard));
        var metadata = JsonDocument.Parse(File.ReadAllText(first.MetadataPath)).RootElement;
        Assert.Equal(("1/2", 3, 0, 2), (metadata.GetProperty("shard").GetString(), metadata.GetProperty("slides").GetArrayLength(),
            metadata.GetProperty("left").GetArrayLength(), metadata.GetProperty("of_other_shards").GetArrayLength()));
        var second = _folder.Run(new() { Shard = new(2, 2) });
        Assert.Equal((3, 2, 0), (first.Done, second.Done, second.Skipped));
        Assert.Equal(["b.csv", "c.csv", "d.csv", "one_a.csv", "two_a.csv"],
            Directory.GetFiles(Path.Combine(_folder.Out, "model-outputs-csv")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(5, _folder.Opened.Distinct().Count() + 1);
        Assert.Equal(5, _folder.Run().Skipped);
    }

    [Fact]
    public void A_shard_without_slides_is_well()
    {
        _folder.Slide("a.svs");
        var result = _folder.Run(new() { Shard = new(2, 3) });
        Assert.Empty(result.Slides);
        Assert.Equal(WorkOutcome.Complete, result.Outcome);
    }
}
