using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.MaxPool2d"/> and <see cref="MaxUnpool2d"/>.</summary>
internal sealed class MaxPool2dCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        var shape = new Shape(2, 7, 9, 5);
        foreach (var (kernel, stride) in new[] { (2, 2), (3, 2), (3, 1) })
            yield return new("max_pool2d", $"{kernel}×{kernel}/{stride}", [new(shape, Draw.Distinct)], (t, v) => t.MaxPool2d(v[0], kernel, stride).Maxima);
        // The stem of a ResNet, on odd and even extents; windows that reach over both edges at once; a window as large as what is pooled.
        foreach (var (kernel, stride, padding, x) in new[] { (3, 2, 1, shape), (3, 2, 1, new(2, 8, 6, 16)), (4, 1, 2, new(1, 3, 2, 5)), (2, 2, 1, shape) })
            yield return new("max_pool2d", $"{kernel}×{kernel}/{stride}, padding {padding}, {x.H}×{x.W}", [new(x, Draw.Distinct)],
                (t, v) => t.MaxPool2d(v[0], kernel, stride, padding).Maxima);
        yield return new("max_unpool2d", "3×4 into 7×9", [new(new(2, 3, 4, 5)), new(new(2, 3, 4, 5), Draw.PlaneIndices, Limit: 63)],
            (t, v) => t.MaxUnpool2d(v[0], v[1], 7, 9));
        yield return new("max_unpool2d", "pool and unpool", [new(shape, Draw.Distinct)], (t, v) =>
        {
            var (maxima, indices) = t.MaxPool2d(v[0], 2, 2);
            return t.MaxUnpool2d(maxima, indices, 7, 9);
        });
        yield return new("max_unpool2d", "several to one place", [new(shape, Draw.Distinct)], (t, v) =>
        {
            // A plane of other extents, where the places mean something else.
            var (maxima, indices) = t.MaxPool2d(v[0], 3, 1);
            return t.MaxUnpool2d(maxima, indices, 9, 7);
        });
        foreach (var (kernel, stride) in new[] { (2, 2), (3, 2) })
        {
            yield return new("max_pool2d", $"{kernel}×{kernel}/{stride} and back, 16 channels", [new(new(2, 7, 8, 16), Draw.Distinct)], (t, v) =>
            {
                var (maxima, indices) = t.MaxPool2d(v[0], kernel, stride);
                return t.MaxUnpool2d(maxima, indices, 7, 8);
            });
        }
        yield return new("max_pool2d", "wide and back", [new(new(1, 5, 6, 4), Draw.Distinct, IsWide: true)], (t, v) =>
        {
            var (maxima, indices) = t.MaxPool2d(v[0], 3, 2);
            return t.MaxUnpool2d(maxima, indices, 5, 6);
        });
    }
}
