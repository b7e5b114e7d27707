using System.CommandLine;
using Histoseg.Segmentation;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Cli.Verbs;

/// <summary>The option <c>--patch-size</c> of verbs that run a model.</summary>
internal sealed class PatchSizeOption(string description)
{
    private const int Largest = 8192;

    /// <summary>The option, to be added to a verb.</summary>
    public Option<int?> Option { get; } = new("--patch-size") { Description = description };

    /// <summary>The size asked for, or null.</summary>
    /// <exception cref="ConfigError">The model's network does not take it.</exception>
    public int? Of(ParseResult given, ModelDescription model)
    {
        var side = given.GetValue(Option);
        var stride = Network.Create(model.ToNetworkSettings()).OutputStride;
        return side is null || side >= stride && side <= Largest && side % stride == 0 ? side
            : throw new ConfigError($"--patch-size {side}: it is a multiple of {stride} from {stride} to {Largest}, as the output stride of {model.Network} asks for");
    }
}
