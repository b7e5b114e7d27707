namespace Histoseg.Engine.Backends;

/// <summary>Finished rows of a blended slide.</summary>
/// <param name="labels">A byte per pixel: the likeliest class, of equals the lower; 255 where no patch was seen.</param>
/// <param name="foreground">A byte per pixel: 255·(1 − share of class 0), rounded; 0 where no patch was seen.</param>
/// <param name="unseen">Pixels in which no patch was seen.</param>
/// <param name="shares">A byte for each class of each pixel: 255 times its share, rounded; 0 where no patch was seen. Empty where they are not wanted.</param>
/// <param name="hasNaN">Whether some pixel's sum is not a number; its bytes then mean nothing.</param>
public readonly ref struct BlendedRows(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> foreground, ReadOnlySpan<byte> shares, long unseen, bool hasNaN)
{
    /// <summary>A byte per pixel: the likeliest class, of equals the lower; 255 where no patch was seen.</summary>
    public ReadOnlySpan<byte> Labels { get; } = labels;

    /// <summary>A byte per pixel: 255·(1 − share of class 0), rounded; 0 where no patch was seen.</summary>
    public ReadOnlySpan<byte> Foreground { get; } = foreground;

    /// <summary>A byte for each class of each pixel: 255 times its share, rounded; 0 where no patch was seen. Empty where they are not wanted.</summary>
    public ReadOnlySpan<byte> Shares { get; } = shares;

    /// <summary>Pixels in which no patch was seen.</summary>
    public long Unseen { get; } = unseen;

    /// <summary>Whether some pixel's sum is not a number; its bytes then mean nothing.</summary>
    public bool HasNaN { get; } = hasNaN;
}
