using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.BilinearResize"/>.</summary>
internal sealed class BilinearResizeCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var (h, w, height, width) in new[] { (1, 1, 9, 7), (2, 2, 8, 8), (3, 3, 17, 5), (6, 6, 13, 14), (7, 9, 14, 18), (8, 10, 4, 5), (5, 5, 5, 5) })
            yield return new("bilinear_resize", $"{h}×{w} to {height}×{width}", [new(new(2, h, w, 9))], (t, v) => t.BilinearResize(v[0], height, width));
        foreach (var (h, w, height, width, channels) in new[] { (1, 1, 40, 41, 8), (6, 6, 32, 32, 16), (4, 5, 8, 10, 264) })
            yield return new("bilinear_resize", $"{h}×{w} to {height}×{width}, {channels} channels", [new(new(1, h, w, channels))],
                (t, v) => t.BilinearResize(v[0], height, width));
        yield return new("bilinear_resize", "3×4 to 5×9, wide", [new(new(2, 3, 4, 8), IsWide: true)], (t, v) => t.BilinearResize(v[0], 5, 9));
    }
}
