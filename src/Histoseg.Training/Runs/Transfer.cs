using Histoseg.Engine.Autograd;

namespace Histoseg.Training.Runs;

/// <summary>A tensor of a network that is made of tensors of a file.</summary>
/// <param name="Target">The network's tensor.</param>
/// <param name="Sources">Names in the file.</param>
/// <param name="Make">Makes its elements, channels last, of those of the sources, channels last.</param>
internal sealed record Transfer(Value Target, IReadOnlyList<string> Sources, Func<IReadOnlyList<float[]>, float[]> Make)
{
    /// <summary>A tensor that is taken as it is.</summary>
    public static Transfer Of(Value target, string source) => new(target, [source], read => read[0]);
}
