using System.Numerics;
using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Tensors;

namespace Histoseg.GpuCheck;

/// <summary>
/// A gradient or trained tensor as <c>slim_step.safetensors</c> has it: a small one whole, of a large one every 17th element and sums over all of it.
/// </summary>
/// <remarks>
/// The sums see what the sample leaves out. A single wrong element changes the first by exactly its error, and if two elements are exchanged,
/// their indices differ in some bit, so that bit's sum changes.
/// </remarks>
internal sealed class ReferenceTensor
{
    private const int MostWhole = 256, Step = 17;

    private ReferenceTensor(double[] elements, double[] sums) => (Elements, Sums) = (elements, sums);

    /// <summary>All elements in PyTorch's order, or if there are more than 256, those whose index is a multiple of 17.</summary>
    public double[] Elements { get; }

    /// <summary>
    /// Nothing of a tensor that is whole; else the sum of all elements, then for each bit of an index, the lowest first, the sum of the
    /// elements in whose index it is set.
    /// </summary>
    public double[] Sums { get; }

    /// <summary>The same of a tensor that has been computed.</summary>
    /// <param name="computed">Its elements, channels last.</param>
    /// <param name="shape">Its extents.</param>
    public static ReferenceTensor Reduce<T>(ReadOnlySpan<T> computed, Shape shape) where T : unmanaged, INumber<T>
    {
        var all = Array.ConvertAll(TorchLayout.ToTorch(computed, shape), double.CreateChecked);
        if (all.Length <= MostWhole)
            return new(all, []);
        var (elements, sums) = (new double[Kept(all.Length)], new double[SumsOf(all.Length)]);
        for (var i = 0; i < all.Length; i++)
        {
            if (i % Step == 0)
                elements[i / Step] = all[i];
            sums[0] += all[i];
            for (var bit = 0; bit < sums.Length - 1; bit++)
                if ((i >> bit & 1) != 0)
                    sums[bit + 1] += all[i];
        }
        return new(elements, sums);
    }

    /// <summary>What the file holds of a tensor.</summary>
    /// <exception cref="EngineError">It holds no such tensor, or not one of this size.</exception>
    public static ReferenceTensor Read(SafeTensors file, string name, Shape shape)
    {
        var count = (int)shape.Count;
        return count <= MostWhole
            ? new(Read(file, name, count), [])
            : new(Read(file, name, Kept(count)), Read(file, "sums." + name, SumsOf(count)));
    }

    private static int Kept(int count) => (count - 1) / Step + 1;

    private static int SumsOf(int count) => 1 + BitOperations.Log2((uint)(count - 1)) + 1;

    private static double[] Read(SafeTensors file, string name, int count) => file.Read<double>(name) is var numbers && numbers.Length == count
        ? numbers
        : throw new EngineError($"the reference values of '{name}' are {numbers.Length} numbers instead of {count}");
}
