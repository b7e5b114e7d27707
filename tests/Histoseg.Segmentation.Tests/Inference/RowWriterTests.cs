using Histoseg.Segmentation.Inference;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>Rows reach the sinks in order and whole; a sink's error reaches the caller, who never hangs.</summary>
public class RowWriterTests
{
    private const int Pixels = 10;

    private sealed class Rows(Action<byte> onWrite) : ILabelRows
    {
        public List<byte> Written { get; } = [];

        public void Write(ReadOnlySpan<byte> rows)
        {
            onWrite(rows[0]);
            Written.AddRange(rows);
        }

        public void Complete() { }

        public void Dispose() { }
    }

    private static void Write(RowWriter writer, int i, int count = Pixels)
    {
        Span<byte> labels = stackalloc byte[count], foreground = stackalloc byte[count], shares = stackalloc byte[3 * count];
        labels.Fill((byte)i);
        foreground.Fill((byte)(i + 100));
        shares.Fill((byte)(i + 200));
        writer.Write(labels, foreground, shares);
        labels.Clear(); // the writer has a copy
    }

    [Fact]
    public void Rows_arrive_in_order_and_are_written_when_it_has_finished()
    {
        Rows labels = new(i => Thread.Sleep(i % 3)), foreground = new(_ => { }), shares = new(_ => { });
        using var writer = new RowWriter(new([labels], [foreground], [shares]), Pixels, 3);
        for (var i = 0; i < 50; i++)
            Write(writer, i, 1 + i % Pixels);
        writer.Finish();
        var expected = Enumerable.Range(0, 50).SelectMany(i => Enumerable.Repeat((byte)i, 1 + i % Pixels)).ToArray();
        Assert.Equal(expected, labels.Written);
        Assert.Equal(expected.Select(i => (byte)(i + 100)), foreground.Written);
        Assert.Equal(expected.SelectMany(i => Enumerable.Repeat((byte)(i + 200), 3)), shares.Written);
    }

    [Fact]
    public async Task A_full_disk_is_told_by_the_next_writes()
    {
        using var writer = new RowWriter(new([new Rows(i => throw new WriteError("out.tif", new IOException("", i == 0 ? 28 : 13)))], [], []), Pixels, 3);
        // More than ever wait: some Write must throw, and none may wait for ever.
        var error = await Assert.ThrowsAsync<WriteError>(() => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
                Write(writer, i);
        }).WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("the disk is full", error.Message);
        Assert.Same(error, Assert.Throws<WriteError>(() => Write(writer, 0)));
        Assert.Same(error, Assert.Throws<WriteError>(writer.Finish));
    }

    [Fact]
    public void A_full_disk_at_the_last_rows_is_told_at_the_end()
    {
        var heat = new Rows(i => _ = i == 104 ? throw new WriteError("heat.tif", new IOException("disk full")) : i);
        using var writer = new RowWriter(new([], [heat], []), Pixels, 3);
        for (var i = 0; i < 5; i++)
            Write(writer, i);
        Assert.Contains("heat.tif", Assert.Throws<WriteError>(writer.Finish).Message);
    }

    [Fact]
    public void Disposing_drops_what_waits_and_waits_for_the_sink()
    {
        using ManualResetEventSlim begun = new(), go = new();
        Rows sink = new(_ =>
        {
            begun.Set();
            go.Wait();
        });
        var writer = new RowWriter(new([sink], [], []), Pixels, 3);
        for (var i = 0; i < 5; i++)
            Write(writer, i);
        begun.Wait();
        var disposing = new Thread(writer.Dispose);
        disposing.Start();
        // It has dropped the rows before it begins to wait; on a busy machine either may take long.
        Assert.True(SpinWait.SpinUntil(() => disposing.ThreadState == ThreadState.WaitSleepJoin, TimeSpan.FromSeconds(60)));
        Assert.False(disposing.Join(50), "it did not wait for the sink");
        go.Set();
        Assert.True(disposing.Join(TimeSpan.FromSeconds(60)));
        Assert.Equal(Pixels, sink.Written.Count);
    }
}
