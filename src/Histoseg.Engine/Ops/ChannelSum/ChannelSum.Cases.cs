using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.ChannelSum"/>. The sums are the gradients of a bias over enough pixels to be made in several pieces.</summary>
internal sealed class ChannelSumCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var channels in new[] { 24, 5, 1 })
            yield return new("channel_sum", $"{channels} channels",
                [new(new(2, 41, 50, 1)), new(new(channels, 1, 1, 1)), new(Shape.Vector(channels), IsWide: true)],
                (t, v) => t.Conv2d(v[0], v[1], ConvWindow.Square(1), v[2]));
    }
}
