namespace Histoseg.Slides.Labels;

/// <summary>A file in which some bytes read as others. Disposes the file.</summary>
/// <param name="file">The file.</param>
/// <param name="patches">Places and what to read there, in order of place.</param>
internal sealed class PatchedStream(Stream file, IReadOnlyList<(long Place, byte Value)> patches) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => file.Length;

    /// <inheritdoc/>
    public override long Position { get => file.Position; set => file.Position = value; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var from = file.Position;
        var read = file.Read(buffer);
        foreach (var (place, value) in patches)
            if (place >= from && place < from + read)
                buffer[(int)(place - from)] = value;
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
