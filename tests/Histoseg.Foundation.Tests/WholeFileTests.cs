using System.Runtime.Versioning;
using System.Text;

namespace Histoseg.Foundation.Tests;

public sealed class WholeFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Only(string name, string content)
    {
        Assert.Equal([_folder[name]], Directory.GetFileSystemEntries(_folder.Root));
        Assert.Equal(content, File.ReadAllText(_folder[name]));
        return _folder[name];
    }

    private static Action<Stream> Text(string text) => file => file.Write(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void The_file_appears_and_replaces_an_earlier_one()
    {
        WholeFile.Write(_folder["a.txt"], Text("first, longer"));
        Only("a.txt", "first, longer");
        WholeFile.Write(_folder["a.txt"], Text("second"));
        Only("a.txt", "second");
    }

    [Fact]
    public void Parts_of_the_file_are_kept_and_the_rest_is_cut_out()
    {
        using (var file = new WholeFile(_folder["a.txt"]))
        {
            file.Append(Encoding.UTF8.GetBytes("head,aa,bbb,c,"));
            file.Append(Encoding.UTF8.GetBytes(new string('d', 100_000)));
            file.Keep(5, [(5, 3), (12, 2), (14, 90_000)]);
            Assert.Equal(90_010, file.Length);
            file.Append("end"u8);
            file.Overwrite(0, "HEAD"u8.ToArray());
            file.Complete();
        }
        Only("a.txt", $"HEAD,aa,c,{new string('d', 90_000)}end");
        using (var file = new WholeFile(_folder["a.txt"]))
        {
            file.Append("some"u8);
            file.Keep(1, []);
            file.Complete();
        }
        Only("a.txt", "s");
    }

    [Fact]
    public void The_old_file_stays_until_the_new_one_is_whole()
    {
        WholeFile.Write(_folder["a.txt"], Text("old"));
        WholeFile.Write(_folder["a.txt"], file =>
        {
            Text("new")(file);
            file.Flush();
            Assert.Equal("old", File.ReadAllText(_folder["a.txt"]));
        });
        Only("a.txt", "new");
    }

    [Fact]
    public void Failure_in_the_middle_leaves_the_old_file_alone()
    {
        WholeFile.Write(_folder["a.txt"], Text("old"));
        var error = Assert.Throws<WriteError>(() => WholeFile.Write(_folder["a.txt"], file =>
        {
            Text("half")(file);
            throw new IOException("No space left on device", 28);
        }));
        var path = Only("a.txt", "old");
        Assert.StartsWith(path, error.Message);
        Assert.Contains("the disk is full", error.Message);

        // An error that is not the disk's passes as it is.
        Assert.Throws<InvalidOperationException>(() => WholeFile.Write(path, file =>
        {
            Text("half")(file);
            throw new InvalidOperationException();
        }));
        Only("a.txt", "old");
    }

    [Fact]
    public void What_does_not_pass_the_check_is_not_left_behind()
    {
        WholeFile.Write(_folder["a.txt"], Text("old"));
        Assert.Throws<InvalidOperationException>(() => WholeFile.Write(_folder["a.txt"], Text("new"), partial =>
        {
            Assert.Equal(("new", "old"), (File.ReadAllText(partial), File.ReadAllText(_folder["a.txt"])));
            throw new InvalidOperationException();
        }));
        Only("a.txt", "old");
        WholeFile.Write(_folder["a.txt"], Text("newer"), partial => Assert.Equal("newer", File.ReadAllText(partial)));
        Only("a.txt", "newer");
    }

    [Fact]
    public void Folders_that_are_missing_are_made_and_files_in_their_place_are_named()
    {
        WholeFile.Write(_folder["a.txt"], Text("old"));
        WholeFile.Write(_folder["a/new/folder/b"], Text("x"));
        Assert.Equal("x", File.ReadAllText(_folder["a/new/folder/b"]));
        Directory.Delete(_folder["a"], recursive: true);
        var below = _folder["a.txt/b"];
        Assert.StartsWith(below, Assert.Throws<WriteError>(() => WholeFile.Write(below, Text("x"))).Message);
        Directory.CreateDirectory(_folder["folder"]);
        Assert.Throws<WriteError>(() => WholeFile.Write(_folder["folder"], Text("x")));
        Directory.Delete(_folder["folder"]);
        Only("a.txt", "old");
    }

    [SkippableFact, UnsupportedOSPlatform("windows")]
    public void Read_only_folders_are_named()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows lets files be made in read-only folders");
        var folder = _folder["locked"];
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Skip.If(Environment.IsPrivilegedProcess, "root may write everywhere");
            var path = Path.Combine(folder, "b");
            Assert.StartsWith(path, Assert.Throws<WriteError>(() => WholeFile.Write(path, Text("x"))).Message);
            Assert.Empty(Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
