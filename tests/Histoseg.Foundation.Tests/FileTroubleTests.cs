using System.Diagnostics;

namespace Histoseg.Foundation.Tests;

/// <summary>What the file system refuses is told in words of our own, with what to do.</summary>
public class FileTroubleTests
{
    [Theory]
    [InlineData(2, "no such file or folder; check the path")]
    [InlineData(unchecked((int)0x80070002), "no such file or folder; check the path")]
    [InlineData(13, "no permission; check who may use it and the folder it is in")]
    [InlineData(unchecked((int)0x80070005), "no permission; check who may use it and the folder it is in")]
    [InlineData(28, "the disk is full; make room")]
    [InlineData(unchecked((int)0x80070070), "the disk is full; make room")]
    [InlineData(24, "too many files are open; raise the limit (ulimit -n), or end other programs")]
    [InlineData(36, "the name is too long; take a shorter one")]
    [InlineData(unchecked((int)0x800700CE), "the name is too long; take a shorter one")]
    [InlineData(30, "the disk is read-only; make it writable")]
    [InlineData(5, "the disk or the network reports an error; check it, then try again")]
    [InlineData(11, "another program uses it; wait for that, or end it")]
    [InlineData(unchecked((int)0x80070020), "another program uses it; wait for that, or end it")]
    [InlineData(74, "the system refuses it with error 74; check it and the disk")]
    [InlineData(unchecked((int)0x80131620), "the system refuses it; check it and the disk")]
    public void Each_refusal_has_its_words_and_what_to_do(int number, string words) =>
        Assert.Equal(words, FileTrouble.InWords(new InvalidOperationException("outside", new IOException("The system's words.", number))));

    [Fact]
    public void What_is_no_file_with_content_is_refused_before_it_is_opened()
    {
        using var folder = new TempFolder();
        Assert.Equal("no such file or folder; check the path", Words(folder["missing"]));
        Assert.Equal("no such file or folder; check the path", Words(Path.Combine(folder.Write("file", "x"), "below")));
        Assert.Equal("this is no path; give a file", Words(""));
        Assert.Equal("this is no path; give a file", Words("a\0b"));
        Assert.Equal("this is a folder; give a file", Words(folder.Root));
        Assert.Equal("the name is too long; take a shorter one", Words(folder[new string('a', 300)]));
        Assert.Equal("x"u8, InputFile.ReadAllBytes(folder["file"]));
    }

    [SkippableFact]
    public void Pipes_and_devices_are_refused_before_they_are_opened()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "named pipes of Linux");
        using var folder = new TempFolder();
        Process.Start("mkfifo", folder["pipe"]).WaitForExit();
        Assert.Equal("this is a named pipe, not a regular file; give a regular file", Words(folder["pipe"]));
        Assert.Equal("this is a device, not a regular file; give a regular file", Words("/dev/zero"));
    }

    [Fact]
    public void The_file_is_named_where_the_exception_names_it()
    {
        Assert.Equal("/no/such", FileTrouble.PathOf(Assert.ThrowsAny<IOException>(() => InputFile.Open("/no/such"))));
        Assert.Equal(Path.GetTempPath(), FileTrouble.PathOf(Assert.Throws<UnusableFile>(() => InputFile.Open(Path.GetTempPath()))));
        Assert.Null(FileTrouble.PathOf(new IOException("No space left on device")));
    }

    private static string Words(string path) => FileTrouble.InWords(Assert.ThrowsAny<IOException>(() => InputFile.ReadAllBytes(path)));
}
