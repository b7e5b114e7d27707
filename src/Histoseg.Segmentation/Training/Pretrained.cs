using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;

namespace Histoseg.Segmentation.Training;

/// <summary>Weights made elsewhere.</summary>
public static class Pretrained
{
    private const string Backbone = "backbone.";

    /// <summary>Loads a torchvision ResNet-50 (safetensors, torchvision's names: <c>conv1.weight</c>, <c>layer1.0.bn1.running_mean</c> …) into the backbone. The classifier <c>fc.*</c> is left out; <c>backbone.down.*</c>, which torchvision does not have, keeps its initialisation.</summary>
    /// <returns>Number of tensors loaded.</returns>
    /// <exception cref="EngineError">The file is damaged, misses a tensor of the backbone, or has another width.</exception>
    public static int LoadBackbone(string path, Program<float> program)
    {
        using var file = SafeTensors.Open(path);
        var set = ParameterSet<float>.Load(file).Renamed(name => Backbone + name);
        bool Wanted(Value value) => ParameterSet<float>.IsModel(value) && value.Name.StartsWith(Backbone, StringComparison.Ordinal)
            && !value.Name.StartsWith("backbone.down.", StringComparison.Ordinal);
        set.CopyTo(program, path, Wanted);
        return program.Tape.Values.Count(Wanted);
    }
}
