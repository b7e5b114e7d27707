namespace Histoseg.Foundation.Tests;

/// <summary>What cannot be written is told once, with its place, its cause and what to do.</summary>
public class WriteErrorTests
{
    [Fact]
    public void The_cause_is_told_in_words_that_say_what_to_do()
    {
        var error = new WriteError("/data/a.tif", new InvalidOperationException("it failed", new IOException("No space left on device.", 28)));
        Assert.Equal("/data/a.tif: cannot be written: the disk is full; make room, or choose another output folder",
            error.Message);
        Assert.Equal(Remedy.ChooseFolder, error.Remedy);
    }

    [Fact]
    public void Only_what_the_file_system_did_and_was_not_told_yet_is_one()
    {
        Assert.True(WriteError.Is(new InvalidOperationException("", new UnauthorizedAccessException())));
        Assert.True(WriteError.Is(new IOException()));
        Assert.False(WriteError.Is(new InvalidOperationException()));
        Assert.False(WriteError.Is(new WriteError("a", new IOException())));
    }

    [Fact]
    public void What_the_file_system_refuses_is_told_with_its_place_and_anything_else_goes_through()
    {
        var told = Assert.Throws<WriteError>(() => WriteError.Guard("/data", () => throw new UnauthorizedAccessException("no")));
        Assert.StartsWith("/data: cannot be written: no permission; ", told.Message);
        Assert.Same(told, Assert.Throws<WriteError>(() => WriteError.Guard("/other", () => throw told)));
        Assert.Throws<InvalidOperationException>(() => WriteError.Guard("/data", () => throw new InvalidOperationException()));
        WriteError.Guard("/data", () => { });
    }
}
