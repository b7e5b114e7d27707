using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>The weights of ImageNet that ship, and how the paper's convolution in place of max-pooling starts beside them.</summary>
public sealed class PretrainedResNet18Tests : IDisposable
{
    // Convolutions and, for each, a norm of four tensors.
    private const int Tensors = 20 * 5;

    private readonly CpuBackend _backend = new();

    public static TheoryData<string> Networks => [.. Network.Names.Where(name => name.StartsWith("resnet18-", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Networks))]
    public void Every_network_on_it_takes_them(string name)
    {
        var description = new NetworkDescription { Name = name, Pretrained = NetworkDescription.ImageNet };
        Assert.Null(ImageNetWeights.WhatIsWrong(description));
        var tape = new Tape();
        Network.Create(description, 2).Record(new Layers(tape, NetworkMode.Evaluation), tape.Input("image", new Shape(1, 32, 32, 3)));
        using var program = _backend.Compile<float>(tape);
        Initialisation.KaimingNormal(program, 1);
        Assert.Equal(Tensors, Pretrained.Load(new() { Network = description }, program).Transfers.Count);
        Assert.Contains(program.Read(tape["backbone.layer4.1.bn2.running_var"]), variance => variance != 1);
    }

    [Fact]
    public void Their_source_names_the_package_that_is_downloaded() => Assert.Contains(
        $" {File.ReadAllText(Path.Combine(Repository.Root, "Directory.Packages.props")).Split("<ResNet18WeightsVersion>")[1].Split('<')[0]} ",
        ImageNetWeights.Source);

    /// <summary>By running statistics it changes nothing; by those of a batch hardly anything, where the batch is as the norm before it makes it.</summary>
    [Theory]
    [InlineData(NetworkMode.Evaluation, 1e-5)]
    [InlineData(NetworkMode.Training, 0.06)]
    public void What_stands_for_max_pooling_passes_on_what_it_gets(NetworkMode mode, double tolerance)
    {
        const int width = 4, side = 256;
        var tape = new Tape();
        var image = tape.Input("image", new Shape(2, side, side, 3));
        ResNetEncoder.ResNet18.RecordDilated(new Layers(tape, mode), image, width);
        var norms = tape.Nodes.Where(node => node.Op.Name.StartsWith("batch_norm", StringComparison.Ordinal)).Take(2).Select(node => node.Outputs[0]).ToArray();
        var (before, after) = (tape.Keep(norms[0]), tape.Keep(norms[1]));
        using var program = _backend.Compile<float>(tape);
        Initialisation.KaimingNormal(program, 1);
        new[] { 1f, 0.5f, -2, 0.3f }.CopyTo(program.Real(tape["backbone.bn1.weight"]));
        new[] { 0f, 1, 0.5f, -0.2f }.CopyTo(program.Real(tape["backbone.bn1.bias"]));
        DownStart.PassThrough(program);
        var random = new Random(2);
        foreach (ref var pixel in program.Real(image))
            pixel = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        program.Run();

        var (all, passed, from) = (program.Real(before).ToArray(), program.Real(after).ToArray(), before.Shape);
        Assert.Equal(new Shape(2, side / 4, side / 4, width), after.Shape);
        for (var i = 0; i < passed.Length; i++)
        {
            var (c, x, y, n) = (i % width, i / width % after.Shape.W, i / width / after.Shape.W % after.Shape.H, i / width / after.Shape.W / after.Shape.H);
            Assert.Equal(all[((n * from.H + 2 * y) * from.W + 2 * x) * width + c], passed[i], tolerance * Math.Max(1, passed[i]));
        }
    }

    [Fact]
    public void The_rectified_normal_distribution_has_the_mean_and_variance_of_the_textbook()
    {
        var (mean, variance) = DownStart.Rectified(gamma: 2, beta: 0);
        Assert.Equal(2 / Math.Sqrt(2 * Math.PI), mean, 1e-5);
        Assert.Equal(4 * (0.5 - 1 / (2 * Math.PI)), variance, 1e-5);
        (mean, variance) = DownStart.Rectified(gamma: -0.5f, beta: 10);
        Assert.Equal((10, 0.25), (Math.Round(mean, 6), Math.Round(variance, 6)));
        Assert.Equal((0, 0), DownStart.Rectified(gamma: 0, beta: -1));
    }

    public void Dispose() => _backend.Dispose();
}
