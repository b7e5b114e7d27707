namespace Histoseg.Segmentation.Inference;

/// <summary>Which part of a batch is done here, and what a program wants to know of it besides its progress.</summary>
internal sealed record BatchPart
{
    /// <summary>What was dealt with by a part of this run that was cut off; null: this is its beginning.</summary>
    public EarlierPart? Earlier { get; init; }

    /// <summary>The part of the slides to deal with; null: all.</summary>
    public Shard? Shard { get; init; }

    /// <summary>Told before anything is segmented; null: nobody is.</summary>
    public Action<RunStart>? Begun { get; init; }

    /// <summary>Told which slide it comes to, before its file is touched; null: nobody is.</summary>
    public Action<string>? LookingAt { get; init; }

    /// <summary>Told how many slides are at work besides the one that is segmented, whenever that changes; null: nobody is.</summary>
    public Action<int>? Beside { get; init; }

    /// <summary>Checks beforehand whether the outputs find room; null: the disk tells when it is full.</summary>
    public DiskCheck? Disk { get; init; }
}
