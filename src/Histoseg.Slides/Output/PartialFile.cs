namespace Histoseg.Slides.Output;

/// <summary>A file that appears whole or not at all: written beside its place as <c>name.partial-…</c>, renamed by <see cref="Complete"/>, deleted when disposed before that.</summary>
public sealed class PartialFile : IDisposable
{
    private readonly string _path;
    private readonly string _partialPath;
    private FileStream? _stream;

    /// <summary>Begins the file; makes its folder where there is none.</summary>
    /// <param name="path">Where it will be; an older file stays there until <see cref="Complete"/>.</param>
    /// <exception cref="SlideError">The folder cannot be written to.</exception>
    public PartialFile(string path)
    {
        _path = Path.GetFullPath(path);
        _partialPath = $"{_path}.partial-{Guid.NewGuid():N}"[..(_path.Length + 17)];
        Guard(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            _stream = new FileStream(_partialPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        });
    }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="SlideError">The disk is full or failed.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Open.Write(bytes);
            Length += bytes.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    /// <summary>Replaces bytes written before.</summary>
    /// <param name="position">Where, from the start of the file.</param>
    /// <param name="bytes">What; all of it lies before <see cref="Length"/>.</param>
    /// <exception cref="SlideError">The disk is full or failed.</exception>
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

    /// <summary>Flushes the file to the disk and puts it in its place.</summary>
    /// <exception cref="SlideError">The disk is full or failed; no file is left.</exception>
    public void Complete()
    {
        try
        {
            Guard(() =>
            {
                Open.Flush(flushToDisk: true);
                Open.Dispose();
                File.Move(_partialPath, _path, overwrite: true);
            });
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
            throw Failed(e);
        }
    }

    private SlideError Failed(Exception e) =>
        new($"{_path}: cannot be written ({e.Message.TrimEnd('.')}); make room or give write permission in {Path.GetDirectoryName(_path)}, or choose another output folder", e) { CannotWrite = true };
}
