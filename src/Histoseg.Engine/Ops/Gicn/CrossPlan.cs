using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>How the tensor-core kernels of <c>kernels/gicn.cu</c> cut one pair of convolutions into blocks.</summary>
/// <param name="Rows">Rows of a tile of target pixels: 16 or 8.</param>
/// <param name="Stages">Steps whose operands are in shared memory at once.</param>
/// <param name="StepsPerSplit">Steps of 16 source channels that one block adds.</param>
/// <param name="TilesPerBlock">Tiles of 32 target channels that one block makes.</param>
/// <param name="Splits">Blocks that share the source channels of one tile.</param>
/// <param name="PixelTiles">Tiles of target pixels.</param>
/// <param name="ChannelGroups">Groups of tiles of target channels.</param>
/// <param name="SharedBytes">Shared memory per block.</param>
internal readonly record struct CrossPlan(
    int Rows, int Stages, int StepsPerSplit, int TilesPerBlock, int Splits, int PixelTiles, int ChannelGroups, int SharedBytes)
{
    /// <summary>Width of a tile, as the kernels have it.</summary>
    private const int TileWidth = 16;

    /// <summary>Target channels of a tile, as the kernels have it.</summary>
    private const int TargetTile = 32;

    /// <summary>Source channels of a step, as the kernels have it.</summary>
    private const int StepChannels = 16;

    /// <summary>Fewest steps worth a block of their own.</summary>
    private const int FewestSteps = 4;

    /// <summary>Shared memory a block can have on every GPU from compute capability 8.0 on.</summary>
    private const int MostSharedBytes = 99 * 1024;

    /// <summary>Pixels of the cross around a tile.</summary>
    public static int CrossPixels(int rows, int k, bool joined) => rows * (TileWidth + k) + (k - 1 + (joined ? rows : 0)) * TileWidth;

    /// <summary>Tiles of target pixels of a map.</summary>
    public static int Tiles(Shape map, int rows) => checked(map.N * Ceiling(map.H, rows) * Ceiling(map.W, TileWidth));

    public static int Ceiling(int count, int each) => (count + each - 1) / each;

    /// <summary>Plans a pair of convolutions.</summary>
    /// <param name="source">Shape of the map or maps read.</param>
    /// <param name="targets">Channels of the map or maps made.</param>
    /// <param name="k">Taps.</param>
    /// <param name="joined">Two maps read and one made instead of the reverse.</param>
    /// <param name="multiprocessors">Of the GPU.</param>
    public static CrossPlan For(Shape source, int targets, int k, bool joined, int multiprocessors)
    {
        var (steps, channelTiles) = (Ceiling(source.C, StepChannels), Ceiling(targets, TargetTile));
        var mostSplits = Math.Max(1, steps / FewestSteps);
        // High tiles fetch less around them, low ones make more blocks.
        var rows = 2 * StageBytes(16, k, joined) <= MostSharedBytes && source.H > 8
            && (long)Tiles(source, 16) * channelTiles * mostSplits >= multiprocessors ? 16 : 8;
        var pixelTiles = Tiles(source, rows);
        var blocks = (long)pixelTiles * channelTiles;
        // A block for each multiprocessor and no more: every split writes its sums and they are read again.
        var stepsPerSplit = Ceiling(steps, (int)Math.Clamp(multiprocessors / blocks, 1, mostSplits));
        // With at most two steps the cross stays in the two stages while the block goes through tiles of target channels; two blocks run beside each other.
        var tilesPerBlock = steps <= 2 ? (int)Math.Clamp((blocks - 1) / (2L * multiprocessors) + 1, 1, channelTiles) : 1;
        var stages = steps > 2 && 3 * StageBytes(rows, k, joined) <= MostSharedBytes ? 3 : 2;
        return new(rows, stages, stepsPerSplit, tilesPerBlock, Ceiling(steps, stepsPerSplit), pixelTiles, Ceiling(channelTiles, tilesPerBlock),
            stages * StageBytes(rows, k, joined));
    }

    private static int StageBytes(int rows, int k, bool joined) => (CrossPixels(rows, k, joined) + 2 * k * TargetTile) * StepChannels * 2;
}
