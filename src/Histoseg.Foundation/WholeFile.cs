using System.Text;

namespace Histoseg.Foundation;

/// <summary>
/// A file that appears whole or not at all: written beside its place as <c>name.partial-…</c>, flushed to the disk and renamed by <see cref="Complete"/>,
/// deleted when disposed before that.
/// </summary>
/// <remarks>Every file the program writes goes through here; what a killed program leaves behind, <see cref="Leftovers"/> knows by its name.</remarks>
public sealed class WholeFile : IDisposable
{
    private readonly string _path;
    private readonly string _partialPath;
    private FileStream? _stream;

    /// <summary>Begins the file; makes its folder where there is none.</summary>
    /// <param name="path">Where it will be; an older file stays there until <see cref="Complete"/>.</param>
    /// <exception cref="WriteError">The folder cannot be written to.</exception>
    public WholeFile(string path)
    {
        _path = Path.GetFullPath(path);
        _partialPath = Leftovers.NameBeside(_path);
        Guard(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            _stream = new FileStream(_partialPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        });
    }

    /// <summary>Writes a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes its content.</param>
    /// <param name="check">Given the finished temporary file, throws if it shall not become the file; null: it always does.</param>
    /// <exception cref="WriteError">The folder is not writable or the disk is full; nothing is left behind and an earlier file stays.</exception>
    public static void Write(string path, Action<Stream> write, Action<string>? check = null)
    {
        using var file = new WholeFile(path);
        file.Guard(() => write(file.Open));
        file.Complete(check);
    }

    /// <summary>Writes a whole file of UTF-8 text.</summary>
    /// <exception cref="WriteError">The folder is not writable or the disk is full; nothing is left behind and an earlier file stays.</exception>
    public static void WriteText(string path, string text) => Write(path, file => file.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>A stream whose writes are <see cref="Append"/>; disposing it does nothing.</summary>
    public Stream Appending => new AppendedBytes(this);

    /// <summary>Bytes written so far by <see cref="Append"/>.</summary>
    public long Length { get; private set; }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="WriteError">The disk is full or failed.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Open.Write(bytes);
            Length += bytes.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WriteError(_path, e);
        }
    }

    /// <summary>Replaces bytes written before.</summary>
    /// <param name="position">Where, from the start of the file.</param>
    /// <param name="bytes">What; all of it lies before <see cref="Length"/>.</param>
    /// <exception cref="WriteError">The disk is full or failed.</exception>
    public void Overwrite(long position, byte[] bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position + bytes.Length, Length);
        Guard(() =>
        {
            Open.Position = position;
            Open.Write(bytes);
            Open.Position = Length;
        });
    }

    /// <summary>Cuts out what is not wanted of the end of the file.</summary>
    /// <param name="from">Where that begins; all before it stays.</param>
    /// <param name="parts">What to keep after it, in order and without overlap; it is moved together.</param>
    /// <exception cref="WriteError">The disk failed.</exception>
    public void Keep(long from, IEnumerable<(long Offset, long Length)> parts) => Guard(() =>
    {
        foreach (var piece in Pieces(parts))
        {
            Open.Position = from;
            Open.Write(piece.Span);
            from += piece.Length;
        }
        Open.SetLength(from);
        Open.Position = Length = from;
    });

    /// <summary>Copies parts of what was written so far.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="parts">Which, in the order in which they are copied.</param>
    /// <exception cref="WriteError">The disk failed.</exception>
    public void CopyTo(Stream target, IEnumerable<(long Offset, long Length)> parts) => Guard(() =>
    {
        foreach (var piece in Pieces(parts))
            target.Write(piece.Span);
        Open.Position = Length;
    });

    // Each is valid until the next.
    private IEnumerable<ReadOnlyMemory<byte>> Pieces(IEnumerable<(long Offset, long Length)> parts)
    {
        var buffer = new byte[1 << 16];
        foreach (var (offset, length) in parts)
            for (long done = 0; done < length;)
            {
                var piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - done));
                Open.Position = offset + done;
                Open.ReadExactly(piece.Span);
                done += piece.Length;
                yield return piece;
            }
    }

    /// <summary>Flushes the file to the disk and puts it in its place.</summary>
    /// <param name="check">Given the finished temporary file, throws if it shall not become the file; null: it always does.</param>
    /// <exception cref="WriteError">The disk is full or failed; no file is left.</exception>
    public void Complete(Action<string>? check = null)
    {
        try
        {
            Guard(() =>
            {
                Open.Flush(flushToDisk: true);
                Open.Dispose();
            });
            check?.Invoke(_partialPath);
            Guard(() => File.Move(_partialPath, _path, overwrite: true));
            _stream = null;
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Deletes what was written, unless complete.</summary>
    public void Dispose()
    {
        if (_stream is null)
            return;
        try
        {
            // Closing flushes, which fails again on a full disk.
            _stream.Dispose();
        }
        catch (IOException)
        {
            // The error was reported when it first happened.
        }
        _stream = null;
        try
        {
            File.Delete(_partialPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its name says what it is.
        }
    }

    private FileStream Open => _stream ?? throw new ObjectDisposedException(_path);

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WriteError(_path, e);
        }
    }
}
