using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.AveragePool"/>.</summary>
internal sealed class AveragePoolCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var bins in new[] { 1, 2, 3, 6 })
            yield return new("adaptive_avg_pool2d", $"7×11 to {bins}×{bins}", [new(new(2, 7, 11, 9))], (t, v) => t.AdaptiveAvgPool2d(v[0], bins, bins));
        foreach (var (kernel, stride) in new[] { (5, 5), (4, 2), (2, 3) })
            yield return new("avg_pool2d", $"{kernel}×{kernel}/{stride}", [new(new(2, 9, 11, 5))], (t, v) => t.AvgPool2d(v[0], kernel, stride));
        yield return new("adaptive_avg_pool2d", "32×33 to 1×1, 8 channels", [new(new(1, 32, 33, 8))], (t, v) => t.AdaptiveAvgPool2d(v[0], 1, 1));
        yield return new("avg_pool2d", "2×2/2, 272 channels", [new(new(1, 4, 3, 272))], (t, v) => t.AvgPool2d(v[0], 2, 2));
        yield return new("avg_pool2d", "3×3/1, wide", [new(new(2, 5, 4, 8), IsWide: true)], (t, v) => t.AvgPool2d(v[0], 3, 1));
    }
}
