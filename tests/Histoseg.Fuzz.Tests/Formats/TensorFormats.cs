using System.Buffers.Binary;
using System.Text;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Fuzz.Tests.Mutation;
using Histoseg.Segmentation.Models;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Fuzz.Tests.Formats;

/// <summary>Weights and checkpoints: safetensors whose header is JSON of the right length, whatever it says.</summary>
internal static class TensorFormats
{
    private static readonly TrainConfig Config = new()
    {
        Network = new() { Name = "unet", Width = 1 },
        Data = new() { PatchSize = 32, Classes = ["background", "tumour"] },
        Training = new() { BatchSize = 1 },
    };

    private static readonly TrainingStep Step = new(new CpuBackend(), Config, Normalisation.ImageNet);
    private static readonly byte[] Saved = CheckpointBytes();

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        new("safetensors", "w.safetensors", Mutate, path =>
        {
            using var file = SafeTensors.Open(path);
            ParameterSet<float>.Load(file);
            foreach (var (name, tensor) in file.Tensors)
                Assert.Equal(tensor.Shape.Aggregate(1L, (n, d) => n * d), file.Read<double>(name).Length);
        }),
        new("checkpoint", "last.ckpt", Mutate, path => Checkpoint.Load(path, Step.Program, Config)),
    ];

    private static byte[] Mutate(Random random)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(Saved);
        var header = Encoding.UTF8.GetString(Saved, 8, length);
        // It has some hundred tensors.
        var changed = Encoding.UTF8.GetBytes(JsonTree.Mutate(random, header, share: 3));
        var size = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(size, random.OneIn(20) ? random.Near(changed.Length) : changed.Length);
        byte[] file = [.. size, .. changed, .. Saved[(8 + length)..]];
        return random.OneIn(10) ? ByteEdits.Edit(random, file) : file;
    }

    private static byte[] CheckpointBytes()
    {
        using var folder = new TempFolder();
        Initialisation.KaimingNormal(Step.Program, seed: 5);
        Checkpoint.Save(folder["last.ckpt"], Step.Program, Config,
            new() { Iteration = 12, Seconds = 3.5, BestDice = 0.25, BestIteration = 10, Positives = 20 });
        return File.ReadAllBytes(folder["last.ckpt"]);
    }
}
