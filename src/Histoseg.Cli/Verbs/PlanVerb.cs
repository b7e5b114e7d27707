using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Histoseg.Cli.Terminal;
using Histoseg.Engine.Backends;
using Histoseg.Training.Config;
using Histoseg.Training.Planning;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine plan</c>: what a config costs before anything runs.</summary>
internal sealed class PlanVerb : Verb
{
    private readonly ConfigOptions _config = new();
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    private readonly Option<bool> _operations = new("--operations") { Description = "Also list every operation of the training step" };
    private readonly Option<bool> _json = new("--json") { Description = "Tell it as JSON" };

    /// <summary>The verb.</summary>
    public PlanVerb(Session session) : base(
        "plan",
        "Tells parameters, FLOPs, output stride and peak memory of a config before anything runs.",
        """
        engine plan -c train.yaml
        engine plan -c train.yaml --set training.batch_size=8 --operations
        engine plan -c train.yaml --set network.name=unet --set network.width=32 --json
        """,
        session)
    {
        _config.AddTo(this);
        Add(_operations);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var config = _config.Load(given);
        var training = NetworkPlan.ForTraining(config);
        var network = config.CreateNetwork();
        var inference = NetworkPlan.ForInference(network, config.Data.PatchSize, config.Inference.BatchSize, config.Training.Precision);
        var stride = network.OutputStride;
        if (given.GetValue(_json))
        {
            WriteJson(config, training, inference, stride, given.GetValue(_operations));
            return ExitCode.Success;
        }
        if (given.GetValue(_operations))
        {
            Line("operation", "layer", "output", "GFLOP", "MiB");
            foreach (var one in training.Operations)
                Line(one.Operation, one.Scope, one.Output?.ToString() ?? "", Number(one.Flops / 1e9, "0.000"), Number(one.Bytes / 1048576.0, "0.0"));
            Session.Out.WriteLine();
        }
        Session.Out.WriteLine($"{config.Network.InWords()}, {config.Data.Classes.Count} classes, patches of {config.Data.PatchSize} × "
            + $"{config.Data.PatchSize} pixels");
        Row("", $"training, {Figures.Count(config.Training.BatchSize, "patch", "patches")}",
            $"inference, {Figures.Count(config.Inference.BatchSize, "patch", "patches")}");
        Row("operations", $"{training.Operations.Count}", $"{inference.Operations.Count}");
        Row("output stride", $"{stride}", "");
        Row("parameters", Mega(training.Parameters), "");
        Row("  without backbone", Mega(training.ParametersWithoutBackbone), "");
        Row("work", Giga(training.Flops), Giga(inference.Flops));
        if (inference.Rewrites.Count > 0)
            Row("  as the network is", "", Giga(inference.PlainFlops));
        Row("work per patch", Giga(training.Flops / config.Training.BatchSize), Giga(inference.Flops / config.Inference.BatchSize));
        Row("read and written", Mebi(training.Bytes), Mebi(inference.Bytes));
        Row("parameters, state", Mebi(training.PersistentBytes), Mebi(inference.PersistentBytes));
        Row("intermediates, peak", Mebi(training.ArenaBytes), Mebi(inference.ArenaBytes));
        Row("  without reuse", Mebi(training.UnsharedBytes), Mebi(inference.UnsharedBytes));
        if (!config.Training.Checkpointing)
            Row("  with checkpointing", Mebi(NetworkPlan.ForTraining(Checkpointing(config)).ArenaBytes), "");
        Row("memory in all", Mebi(training.PersistentBytes + training.ArenaBytes), Mebi(inference.PersistentBytes + inference.ArenaBytes));
        Row($"on a GPU, {config.Training.Precision.ToString().ToLowerInvariant()}", Mebi(training.GpuBytes), Mebi(inference.GpuBytes));
        Session.Out.WriteLine("(without the convolutions' workspace; training keeps the network of validation beside it)");
        foreach (var rewrite in inference.Rewrites.GroupBy(one => one.Rewrite))
            Session.Out.WriteLine($"inference {rewrite.Key}: {string.Join(", ", rewrite.Select(one => one.Layer))}");
        WriteWhatFits(config);
        return ExitCode.Success;
    }

    private static TrainConfig Checkpointing(TrainConfig config) => config with { Training = config.Training with { Checkpointing = true } };

    private void WriteJson(TrainConfig config, NetworkPlan training, NetworkPlan inference, int stride, bool operations)
    {
        object Pass(NetworkPlan plan, int patches) => new
        {
            Patches = patches,
            Operations = plan.Operations.Count,
            plan.Flops,
            FlopsPerPatch = plan.Flops / patches,
            BytesReadAndWritten = plan.Bytes,
            plan.PersistentBytes,
            IntermediateBytes = plan.ArenaBytes,
            IntermediateBytesWithoutReuse = plan.UnsharedBytes,
            PeakBytes = plan.PersistentBytes + plan.ArenaBytes,
            plan.GpuBytes,
        };
        Session.Out.WriteLine(JsonSerializer.Serialize(new
        {
            Network = config.Network.Name,
            config.Network.Width,
            NetworkDescription = JsonNode.Parse(config.Network.ToJson()),
            Classes = config.Data.Classes.Count,
            PatchSizePixels = config.Data.PatchSize,
            OutputStride = stride,
            training.Parameters,
            training.ParametersWithoutBackbone,
            Training = Pass(training, config.Training.BatchSize),
            Inference = Pass(inference, config.Inference.BatchSize),
            InferenceRewrites = inference.Rewrites,
            TrainingOperations = operations
                ? training.Operations.Select(one => new { one.Operation, Layer = one.Scope, Output = one.Output?.ToString(), one.Flops, one.Bytes }).ToArray()
                : null,
        }, Json));
    }

    private void WriteWhatFits(TrainConfig config)
    {
        try
        {
            using var backend = Session.Devices.Open(config.Training.Device, config.Training.Precision, config.Training.Threads);
            var (training, inference) = (NetworkPlan.LargestTrainingBatch(config, backend), NetworkPlan.LargestInferenceBatch(config, backend));
            Session.Out.WriteLine($"{backend.Description}: {Mebi(backend.UsableMemory())} can be had; a training run has "
                + $"{Mebi(NetworkPlan.WholeRun(config, backend))} "
                + (backend is ProcessorBackend ? "of networks, validation's and all workspace with them; program and open slides come on top"
                    : "of networks, validation's with them; workspace comes on top"));
            Row("largest batch", $"{training}", $"{inference}");
            if (training < config.Training.BatchSize)
                Session.Out.WriteLine($"training.batch_size {config.Training.BatchSize} does not fit: the largest is {training}"
                    + (config.Training.Checkpointing ? ""
                        : $", and {NetworkPlan.LargestTrainingBatch(Checkpointing(config), backend)} with training.checkpointing"));
            if (inference < config.Inference.BatchSize)
                Session.Out.WriteLine($"inference.batch_size {config.Inference.BatchSize} does not fit: the largest is {inference}");
        }
        catch (UserError error)
        {
            // What a network needs can be told without the GPU it is meant for.
            Session.Out.WriteLine(error.Message);
        }
    }

    private void Line(string operation, string layer, string output, string work, string bytes) =>
        Session.Out.WriteLine($"{operation,-28}  {layer,-36}  {output,-22}  {work,10}  {bytes,10}");

    private void Row(string what, string training, string inference) => Session.Out.WriteLine($"{what,-20}  {training,22}  {inference,22}".TrimEnd());

    private static string Mega(long count) => Number(count / 1e6, "0.000") + " M";

    private static string Giga(long flops) => Number(flops / 1e9, "0.00") + " GFLOP";

    private static string Mebi(long bytes) => Number(bytes / 1048576.0, "0.0") + " MiB";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
