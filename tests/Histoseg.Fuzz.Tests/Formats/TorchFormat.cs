using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Checkpoints.Torch;
using Histoseg.Engine.Tests.Checkpoints;
using Histoseg.Fuzz.Tests.Mutation;

namespace Histoseg.Fuzz.Tests.Formats;

/// <summary>Files of PyTorch's <c>torch.save</c>: a zip in order, with right checksums, around a pickle that is not.</summary>
internal static class TorchFormat
{
    // Tensors of a mutant may be views of many times their numbers.
    private const long MostElements = 1 << 20;

    private static readonly IReadOnlyList<(string Name, byte[] Bytes)> Saved = new TorchSample().Files(new Dictionary<string, object?>
    {
        ["epoch"] = 3,
        ["state_dict"] = new Dictionary<string, object?>
        {
            ["conv1.weight"] = SampleTensor.Of(new float[24], 2, 3, 2, 2),
            ["bn1.weight"] = new SampleTensor("Half", new byte[8], 4, 1, [3], [1]),
            ["bn1.num_batches_tracked"] = new SampleTensor("Long", new byte[8], 1, 0, [], []),
            ["fc.weight"] = new SampleTensor("Double", new byte[48], 6, 0, [3, 2], [1, 3]),
        },
        ["optimizer"] = new object?[] { new SampleTuple(0.9, null, true, SampleTensor.Of([1, 2], 2)), "sgd" },
    });

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        new("torch.save", "w.pth", Mutate, path =>
        {
            using var file = TorchFile.Open(File.OpenRead(path), path);
            foreach (var (name, shape) in file.Shapes)
                if (shape.Aggregate(1L, (n, d) => n * d) is <= MostElements and var elements)
                    Assert.Equal(elements, TorchLayout.ToEngine(file.Read<float>(name), shape).Length);
        }),
    ];

    private static byte[] Mutate(Random random)
    {
        var files = Saved.Select(file => file.Name.EndsWith(".pkl", StringComparison.Ordinal) ? (file.Name, PickleSteps.Mutate(random, file.Bytes)) : file)
            .ToList();
        if (random.OneIn(10))
        {
            var at = random.Next(files.Count);
            files[at] = random.Next(4) switch
            {
                0 => ($"archive/data/{random.Next(6)}", files[at].Item2),
                1 => (files[at].Item1, ByteEdits.Edit(random, files[at].Item2)),
                2 => ("archive/data/0", []),
                _ => (files[at].Item1.Replace("archive", random.Of(["", "a/b", "..", "archive\0"])), files[at].Item2),
            };
        }
        var zip = TorchSample.Zip(files);
        return random.OneIn(10) ? ByteEdits.Edit(random, zip) : zip;
    }
}
