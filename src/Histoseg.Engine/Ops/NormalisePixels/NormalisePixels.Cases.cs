using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.NormalisePixels"/>.</summary>
/// <remarks>Bytes have no gradient; the sum with a real input gives the checks something to differentiate.</remarks>
internal sealed class NormalisePixelsCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var (name, shape) in new[] { ("pictures", new Shape(2, 6, 8, 3)), ("an odd number of pixels", new Shape(1, 3, 7, 3)) })
            yield return new("normalise_pixels", name, [new(shape, Draw.Colours), new(shape)],
                (t, v) => t.Add(t.NormalisePixels(v[0], [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), v[1]));
    }
}
