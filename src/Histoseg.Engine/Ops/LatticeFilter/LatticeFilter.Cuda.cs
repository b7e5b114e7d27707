using System.Numerics;
using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    /// <summary>Channels that go through the lattice together: bounds the workspace.</summary>
    private const int LatticeChannels = 8;

    /// <summary>Blocks that look for a picture's largest number: each of their warps asks for one atomic maximum.</summary>
    private const int LatticePeakBlocks = 64;

    /// <summary>
    /// A lattice on the device. Pictures are the grid's second axis; kernels over vertices are launched for as many as there can be and walk those there
    /// are.
    /// </summary>
    private readonly record struct DeviceLattice(CudaTensor Vertices, CudaTensor Weights, CudaTensor Neighbours, CudaTensor Counts, CudaTensor Scale)
    {
        public int Pictures => Vertices.Shape.N;

        /// <summary>Pixels of one picture.</summary>
        public int Pixels => Vertices.Shape.H * Vertices.Shape.W;

        public int Corners => Vertices.Shape.C;

        /// <summary>Corners of one picture's pixels, and the most vertices it can have.</summary>
        public long Entries => (long)Pixels * Corners;

        /// <summary>Bits before the point when a picture's numbers, relative to the largest, are summed in 61 bits.</summary>
        public int Bits => 61 - BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Pixels));
    }

    private DeviceLattice LatticeOf(IReadOnlyList<Value> values) =>
        new(Tensor(values[0]), Tensor(values[1]), Tensor(values[2]), Tensor(values[3]), Tensor(values[4]));

    public Kernel PermutohedralLattice(PermutohedralLattice op, Node node)
    {
        var (geometry, lattice) = (LatticeGeometry.Of(op.Picture, op.PositionSigma, op.ColourSigma), LatticeOf(node.Outputs));
        var (d, slots) = (geometry.Dimensions, geometry.SlotsFor(lattice.Pixels));
        var shift = 64 - BitOperations.Log2((ulong)slots);
        // Workspace: the hash tables' keys, the keys of vertices, the numbers of the tables' vertices.
        var (tableBytes, keyBytes) = (lattice.Pictures * slots * sizeof(ulong), lattice.Pictures * lattice.Entries * sizeof(ulong));
        var table = _memory.NeedWorkspace(tableBytes + keyBytes + lattice.Pictures * slots * sizeof(int));
        var (keys, numbers) = (table.At(tableBytes), table.At(tableBytes + keyBytes));
        KernelArgument[] place =
        [
            .. node.Inputs.Select(colours => (KernelArgument)Tensor(colours)), .. geometry.Steps.Select(step => (KernelArgument)step), lattice.Vertices.Shape.W,
                lattice.Pixels,
            slots, shift, lattice.Vertices, lattice.Weights, table, numbers, keys, lattice.Counts,
        ];
        return Sequence(
            LaunchOver("lattice_filter", "lattice_clear", lattice.Pictures * slots, table, lattice.Pictures * slots, lattice.Counts, lattice.Pictures),
            LaunchOverPictures(lattice, $"lattice_place_{d}", lattice.Pixels, place),
            LaunchOverPictures(lattice, "lattice_number", lattice.Entries, lattice.Vertices, numbers, lattice.Entries, slots),
            LaunchOverPictures(lattice, $"lattice_link_{d}", lattice.Entries, table, numbers, keys, lattice.Counts, lattice.Entries, slots, shift,
                lattice.Neighbours),
            LatticePass(lattice, null, null, 0, 1, reverse: false));
    }

    public Kernel LatticeFilter(LatticeFilter op, Node node)
    {
        var (x, y, lattice) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]), LatticeOf([.. node.Inputs.Skip(1)]));
        var passes = new List<Kernel>();
        for (var first = 0; first < x.Shape.C; first += LatticeChannels)
            passes.Add(LatticePass(lattice, x, y, first, Math.Min(LatticeChannels, x.Shape.C - first), op.Reverse));
        return Sequence([.. passes]);
    }

    /// <summary>Splats, blurs and slices some channels of x; without x, ones into the lattice's scale.</summary>
    private Kernel LatticePass(DeviceLattice lattice, CudaTensor? x, CudaTensor? y, int first, int channels, bool reverse)
    {
        var (entries, corners) = (lattice.Entries, lattice.Corners);
        var numbers = lattice.Pictures * entries * channels;
        // Workspace: sums in fixed point, whose room the blur takes over, values, largest numbers.
        var sums = _memory.NeedWorkspace(numbers * (sizeof(long) + sizeof(float)) + lattice.Pictures * sizeof(uint));
        var (values, peaks) = (sums.At(numbers * sizeof(long)), sums.At(numbers * (sizeof(long) + sizeof(float))));
        var launches = new List<Kernel>
        {
            LaunchOverPictures(lattice, "lattice_begin", entries * channels, sums, peaks, lattice.Counts, entries, channels, x is null ? 1f : 0f),
        };
        if (x is { } numbersOf)
        {
            launches.Add(Launch("lattice_filter", $"lattice_peak_{numbersOf.Suffix}",
                new Dim3(Math.Min(LatticePeakBlocks, BlocksOver(lattice.Pixels * (long)channels)), (uint)lattice.Pictures),
                new Dim3(BlockSize), 0, numbersOf, lattice.Scale, peaks, (long)lattice.Pixels, numbersOf.Shape.C, first, channels));
            launches.Add(LaunchOverPictures(lattice, $"lattice_splat_{numbersOf.Suffix}", entries,
                numbersOf, lattice.Scale, numbersOf.Shape.C, first, lattice.Vertices, lattice.Weights, sums, peaks, lattice.Bits, entries, corners, channels));
        }
        else
            launches.Add(LaunchOverPictures(lattice, "lattice_splat_ones", entries, lattice.Vertices, lattice.Weights, sums, peaks, lattice.Bits, entries,
                corners));
        launches.Add(LaunchOverPictures(lattice, "lattice_widen", entries * channels, sums, values, peaks, lattice.Bits, lattice.Counts, entries, channels));
        var (from, to) = (values, sums);
        for (var i = 0; i < corners; i++, (from, to) = (to, from))
            launches.Add(LaunchOverPictures(lattice, "lattice_blur", entries * channels, from, to, lattice.Neighbours, lattice.Counts, entries, corners,
                reverse ? corners - 1 - i : i, channels));
        launches.Add(y is { } target
            ? LaunchOverPictures(lattice, $"lattice_slice_{target.Suffix}", lattice.Pixels * (long)channels,
                from, lattice.Vertices, lattice.Weights, lattice.Scale, target, (long)lattice.Pixels, corners, target.Shape.C, first, channels)
            : LaunchOverPictures(lattice, "lattice_slice_ones", lattice.Pixels, from, lattice.Vertices, lattice.Weights, lattice.Scale, (long)lattice.Pixels,
                corners));
        return Sequence([.. launches]);
    }

    private Kernel LaunchOverPictures(DeviceLattice lattice, string entry, long items, params KernelArgument[] arguments) =>
        Launch("lattice_filter", entry, new Dim3(BlocksOver(items), (uint)lattice.Pictures), new Dim3(BlockSize), 0, arguments);

    /// <summary>Blocks for items of each picture, as far as the grid goes.</summary>
    private uint BlocksOver(long items) => (uint)Math.Clamp((items + BlockSize - 1) / BlockSize, 1, 8L * _device.Multiprocessors);
}
