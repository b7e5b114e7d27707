namespace Histoseg.Slides.Output;

/// <summary>
/// Takes a slide-wide 8-bit picture in bands of rows from top to bottom: label maps, heat maps. Implemented by the pyramid writer, the polygon writer and
/// the area counter.
/// </summary>
/// <remarks>
/// Call <see cref="Write"/> until all rows are in, then <see cref="Complete"/>; disposing before that discards the output (no half file stays).
/// </remarks>
public interface ILabelRows : IDisposable
{
    /// <summary>Appends rows. The length is a multiple of the picture's width.</summary>
    void Write(ReadOnlySpan<byte> rows);

    /// <summary>Finishes the output and puts it in its place as a whole.</summary>
    void Complete();

    /// <summary>What the user should know about the finished output, in one line: what it leaves out; null: nothing.</summary>
    string? Note => null;
}

/// <summary>An output that takes the heat map beside the label map.</summary>
internal interface IForegroundTaker
{
    /// <summary>Takes the heat map's rows, before or after those of the label map; null: it does not want them.</summary>
    ILabelRows? Foreground { get; }
}
