using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Tensors;
using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>
/// Begins with a model that this program trained: every layer that fits is taken. With other classes, those layers begin anew whose shape depends on how many
/// there are. The optimiser begins anew too: this is a start, and no run that goes on.
/// </summary>
internal static class PretrainedModel
{
    /// <summary>Which tensors are taken.</summary>
    /// <param name="config">What to train.</param>
    /// <param name="source">The model or checkpoint.</param>
    /// <param name="saved">What it tells of its network.</param>
    /// <param name="values">The network's tensors.</param>
    /// <exception cref="EngineError">It is of another network or width, or lacks tensors that it should have.</exception>
    public static WeightPlan Plan(TrainConfig config, PretrainedSource source, SavedModel saved, IReadOnlyList<Value> values)
    {
        var (network, shapes) = (config.Network, source.File.Shapes);
        if (saved.Network.Name != network.Name || saved.Network.Width != network.Width)
            throw new EngineError($"{source.Path}: has the weights of {saved.Network.Name}, width {saved.Network.Width}, and the config asks for "
                + $"{network.Name}, width {network.Width}; set network.name and network.width to those, or leave network.pretrained out");
        var otherClasses = saved.OtherClasses(config.Data.Classes);
        var ofClasses = otherClasses is null ? [] : NamesThatDependOnClasses(config, values);
        var (transfers, missing, unlike) = (new List<Transfer>(), new List<string>(), new List<string>());
        foreach (var value in values.Where(value => !ofClasses.Contains(value.Name)))
        {
            // A run that averages its weights validates and saves their average; so its checkpoint is taken by that too.
            var name = shapes.ContainsKey(WeightAverage.Prefix + value.Name) ? WeightAverage.Prefix + value.Name : value.Name;
            if (!shapes.TryGetValue(name, out var shape))
                missing.Add(value.Name);
            else if (!shape.AsSpan().SequenceEqual(TorchLayout.ShapeOf(value)))
                unlike.Add(value.Name);
            else
                transfers.Add(Transfer.Of(value, name));
        }
        if (missing.Concat(unlike).FirstOrDefault() is { } lacking && (saved.Network.Tensors == network.Tensors || transfers.Count == 0))
            throw new EngineError($"{source.Path}: tensor '{lacking}' is missing or has another shape than {saved.Network.Tensors.InWords()} gives it; "
                + "the file is damaged: copy it again");

        var taken = transfers.Select(transfer => transfer.Target.Name).ToHashSet();
        var momenta = shapes.Keys.Where(name => name.EndsWith(Engine.Ops.SgdRecording.VelocityName(""), StringComparison.Ordinal)).ToHashSet();
        var left = shapes.Keys.Where(name => !taken.Contains(name) && !momenta.Contains(name)
            && !name.StartsWith(WeightAverage.Prefix, StringComparison.Ordinal)).ToList();
        string[] leaves =
        [
            .. Because([.. left.Where(ofClasses.Contains)], "for its own classes"),
            .. Because([.. left.Where(name => !ofClasses.Contains(name))], "not in this network, or in another shape"),
            .. momenta.Count > 0 ? [$"{Figures.Count(momenta.Count, "momentum", "momenta")} of the optimiser, which starts anew"] : Array.Empty<string>(),
        ];
        string[] anew =
        [
            .. Because(ofClasses, $"other classes ({otherClasses})"), .. Because(unlike, "another shape there"), .. Because(missing, "not in it"),
        ];
        return new(transfers,
        [
            $"pretrained: {transfers.Count} of {Figures.Count(values.Count, "tensor")} loaded from {source.Path}: {saved.Network.Tensors.InWords()}, "
                + $"{saved.Classes} classes, {Figures.Count(saved.Iteration, "iteration")}",
            $"pretrained: left in it: {(leaves.Length == 0 ? "nothing" : string.Join("; ", leaves))}",
            $"pretrained: starts anew: {(anew.Length == 0 ? "nothing" : string.Join("; ", anew))}",
        ]);
    }

    private static string[] Because(IReadOnlyCollection<string> names, string why) => names.Count == 0 ? [] : [$"{TensorGroups.InWords(names)}: {why}"];

    // Those that have another shape, or are there, only with one class more.
    private static HashSet<string> NamesThatDependOnClasses(TrainConfig config, IReadOnlyList<Value> values)
    {
        var (tape, side) = (new Tape(), config.Data.PatchSize);
        var more = Segmentation.Networks.Network.Create(config.Network, config.Data.Classes.Count == 255 ? 254 : config.Data.Classes.Count + 1);
        var shape = new Shape(1, side, side, 3);
        more.Record(new Layers(tape, NetworkMode.Evaluation), tape.Input("image", shape), tape.Input("colours", shape, ElementType.UInt8));
        var shapes = tape.Values.Where(ParameterSet<float>.IsModel).ToDictionary(value => value.Name, value => value.Shape);
        return [.. values.Where(value => !shapes.TryGetValue(value.Name, out var other) || other != value.Shape).Select(value => value.Name)];
    }
}
