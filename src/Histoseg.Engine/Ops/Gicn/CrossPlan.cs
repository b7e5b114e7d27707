using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>How the tensor-core kernels of <c>kernels/gicn_cross.cuh</c> cut one pair of convolutions into blocks.</summary>
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
    /// <summary>Rows of the high tiles, which fetch less around them.</summary>
    public const int HighRows = 16;

    private const int LowRows = 8;

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

    /// <summary>
    /// Blocks of those kernels that are to run beside each other on a multiprocessor, so that one multiplies while the other waits; two stages fit that often
    /// up to k = 13, of one map up to 15.
    /// </summary>
    private const int HopperBlocks = 2;

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
    /// <param name="isHopper">For the kernels for compute capability 9.0, which come in high tiles only: a plan with low ones is none of theirs.</param>
    public static CrossPlan For(Shape source, int targets, int k, bool joined, int multiprocessors, bool isHopper = false)
    {
        var slots = isHopper ? HopperBlocks * multiprocessors : multiprocessors;
        var (steps, channelTiles) = (Ceiling(source.C, StepChannels), Ceiling(targets, TargetTile));
        var mostSplits = Math.Max(1, steps / FewestSteps);
        // High tiles fetch less around them, low ones make more blocks.
        var isHigh = source.H > LowRows && (isHopper || (2 * StageBytes(HighRows, k, joined) <= MostSharedBytes
            && (long)Tiles(source, HighRows) * channelTiles * mostSplits >= multiprocessors));
        var rows = isHigh ? HighRows : LowRows;
        var pixelTiles = Tiles(source, rows);
        var blocks = (long)pixelTiles * channelTiles;
        // A block for each place and no more: every split writes its sums and they are read again.
        var stepsPerSplit = Ceiling(steps, (int)Math.Clamp(slots / blocks, 1, mostSplits));
        // With at most two steps the cross stays in the two stages while the block goes through tiles of target channels; two blocks run beside each other.
        var tilesPerBlock = steps <= 2 ? (int)Math.Clamp((blocks - 1) / (2L * multiprocessors) + 1, 1, channelTiles) : 1;
        var stages = steps > 2 && 3 * StageBytes(rows, k, joined) <= MostSharedBytes ? 3 : 2;
        return new(rows, stages, stepsPerSplit, tilesPerBlock, Ceiling(steps, stepsPerSplit), pixelTiles, Ceiling(channelTiles, tilesPerBlock),
            stages * StageBytes(rows, k, joined) + (isHopper ? HopperTile.PatternBytes : 0));
    }

    private static int StageBytes(int rows, int k, bool joined) => (CrossPixels(rows, k, joined) + 2 * k * TargetTile) * StepChannels * 2;
}
