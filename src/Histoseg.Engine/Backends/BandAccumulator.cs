using System.Numerics;
using System.Runtime.InteropServices;

namespace Histoseg.Engine.Backends;

/// <summary>Adds up weighted probabilities of overlapping patches for the rows that are not finished yet.</summary>
/// <remarks>
/// A ring of P rows of width × classes floats: patches come top to bottom, so when one starts at row y all rows above are finished and their places are
/// free.
/// </remarks>
internal sealed class BandAccumulator
{
    private readonly int _width, _classes;
    private readonly float[][] _ring;
    private readonly float[][] _columnWeights; // per grid column: weight of pixel x repeated for each class, so that adding is one flat loop
    private int _finished; // rows below this index are already out

    public BandAccumulator(int width, int classes, int patchSize, IReadOnlyList<float[]> columns)
    {
        _width = width;
        _classes = classes;
        _ring = new float[patchSize][];
        for (var i = 0; i < patchSize; i++)
            _ring[i] = new float[checked(width * classes)];
        _columnWeights = [.. columns.Select(weights =>
        {
            var repeated = new float[weights.Length * classes];
            for (var i = 0; i < repeated.Length; i++)
                repeated[i] = weights[i / classes];
            return repeated;
        })];
    }

    /// <summary>Adds a patch's probabilities, P × P × classes, each pixel with the product of its row's and its column's weight.</summary>
    public void Add(int x, int y, int column, float[] rowWeights, int patchSize, ReadOnlySpan<float> probabilities)
    {
        var weights = _columnWeights[column];
        for (var j = 0; j < rowWeights.Length; j++)
        {
            var sums = Row(y + j).AsSpan(x * _classes, weights.Length);
            AddProducts(sums, weights, probabilities.Slice(j * patchSize * _classes, weights.Length), rowWeights[j]);
        }
    }

    /// <summary>Adds a patch that is background everywhere.</summary>
    public void AddBackground(int x, int y, int column, float[] rowWeights)
    {
        var weights = _columnWeights[column];
        for (var j = 0; j < rowWeights.Length; j++)
        {
            var sums = Row(y + j).AsSpan(x * _classes, weights.Length);
            for (var i = 0; i < weights.Length; i += _classes)
                sums[i] += weights[i] * rowWeights[j];
        }
    }

    /// <summary>
    /// The sums of one row, width × classes. The classes of a pixel add up to the weight of the patches it was seen in: 1, or 0 where none was readable.
    /// </summary>
    public ReadOnlySpan<float> Sums(int row) => Row(row);

    /// <summary>Frees the rows above <paramref name="row"/>.</summary>
    public void Release(int row)
    {
        for (; _finished < row; _finished++)
            Array.Clear(Row(_finished));
    }

    private float[] Row(int row) => _ring[row % _ring.Length];

    private static void AddProducts(Span<float> sums, ReadOnlySpan<float> weights, ReadOnlySpan<float> values, float scale)
    {
        var i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var sumsV = MemoryMarshal.Cast<float, Vector<float>>(sums);
            var weightsV = MemoryMarshal.Cast<float, Vector<float>>(weights);
            var valuesV = MemoryMarshal.Cast<float, Vector<float>>(values);
            for (var v = 0; v < sumsV.Length; v++)
                sumsV[v] += weightsV[v] * scale * valuesV[v];
            i = sumsV.Length * Vector<float>.Count;
        }
        for (; i < sums.Length; i++)
            sums[i] += weights[i] * scale * values[i];
    }
}
