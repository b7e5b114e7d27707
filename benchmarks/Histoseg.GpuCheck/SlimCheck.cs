using System.Globalization;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.GpuCheck;

/// <summary>A slim network on a backend against PyTorch's values: logits, the first step's gradients, the first losses.</summary>
internal static class SlimCheck
{
    /// <summary>The network of the reference values.</summary>
    public static Network Slim { get; } = Network.Create(new() { Width = 8, GicnChannels = 8 }, classes: 2);

    /// <summary>Losses compared: at this learning rate the third depends on how the first two steps rounded, in the third digit with float32.</summary>
    private const int Losses = 2;

    private static readonly string[] Files = ["slim_weights.safetensors", "slim_step.safetensors"];

    /// <summary>
    /// What passes. float32 agrees but for the few activations that rounding moves across a ReLU's kink, each of which changes gradients by a
    /// finite amount. A bfloat16 number is off by 2⁻⁹ at most, and some sixty layers each round anew, which moves far more activations across.
    /// </summary>
    private static (double Logits, double Gradients, double Losses) Tolerances(Precision precision) => precision switch
    {
        Precision.Fp32 => (1e-3, 1e-2, 1e-3),
        Precision.Tf32 => (1e-2, 1e-1, 1e-2),
        _ => (5e-2, 4e-1, 5e-2),
    };

    /// <summary>Compares.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="precision">What it computes in.</param>
    /// <param name="folder">The folder of the reference values.</param>
    /// <exception cref="SkippedException">They are not there.</exception>
    public static List<Agreement> Run(Backend backend, Precision precision, string folder)
    {
        if (Files.FirstOrDefault(file => !File.Exists(Path.Combine(folder, file))) is { } missing)
            throw new SkippedException($"the reference values are not there: no {Path.Combine(folder, missing)}");
        using var weights = SafeTensors.Open(Path.Combine(folder, Files[0]));
        using var step = SafeTensors.Open(Path.Combine(folder, Files[1]));
        var tolerances = Tolerances(precision);
        var parameters = ParameterSet<float>.Load(weights);
        var found = new List<Agreement>();
        foreach (var mode in new[] { NetworkMode.Evaluation, NetworkMode.Inference })
        {
            var tape = new Tape();
            var layers = new Layers(tape, mode);
            var image = tape.Input("image", ImageShape(step));
            var logits = tape.Keep(Slim.Record(layers, image));
            using var program = backend.Compile(tape);
            (mode == NetworkMode.Inference ? parameters.Fold(layers.FoldedNorms) : parameters).CopyTo(program, folder);
            program.Write(image, Floats(step, "x", image.Shape));
            program.Run();
            found.Add(new($"logits, {mode}", Agreement.RelativeNorm(Read(step, "logits_eval", logits.Shape), program.Read(logits)), tolerances.Logits));
        }
        Train(backend, parameters, step, tolerances, found);
        return found;
    }

    private static void Train(Backend backend, ParameterSet<float> parameters, SafeTensors step,
        (double Logits, double Gradients, double Losses) tolerances, List<Agreement> found)
    {
        var shape = ImageShape(step);
        var recorded = StepTape.Record(Slim, shape.N, shape.H).KeepAll();
        using var program = backend.Compile(recorded.Tape);
        parameters.CopyTo(program, "reference");
        program.Write(recorded.Image, Floats(step, "x", shape));
        program.Write(recorded.Target, Array.ConvertAll(step.Read<long>("target"), label => (int)label));
        program.Write(recorded.Rate, [float.Parse(step.Metadata["lr"], CultureInfo.InvariantCulture)]);
        var losses = step.Read<double>("losses");
        for (var i = 0; i < Losses; i++)
        {
            program.Run();
            if (i == 0)
            {
                found.Add(new("logits, Training", Agreement.RelativeNorm(Read(step, "logits_train", recorded.Logits.Shape), program.Read(recorded.Logits)),
                    tolerances.Logits));
                var expected = recorded.Tape.Parameters.Select(p => ReferenceTensor.Read(step, $"grad.{p.Name}", p.Shape)).ToList();
                var actual = recorded.Tape.Parameters.Select(p => ReferenceTensor.Reduce<float>(program.Read(recorded.Gradients[p]), p.Shape)).ToList();
                void Compare(string what, Func<ReferenceTensor, double[]> numbers) => found.Add(new($"all {expected.Count} {what} together",
                    Agreement.RelativeNorm<double>([.. expected.SelectMany(numbers)], [.. actual.SelectMany(numbers)]), tolerances.Gradients));
                Compare("gradients", tensor => tensor.Elements);
                Compare("gradients' sums", tensor => tensor.Sums);
            }
            found.Add(new($"loss {i + 1}", Agreement.RelativeNorm([losses[i]], program.Read(recorded.Loss)), tolerances.Losses));
        }
    }

    private static Shape ImageShape(SafeTensors step) =>
        step.Tensors["x"].Shape is [var n, var c, var h, var w] ? new((int)n, (int)h, (int)w, (int)c) : default;

    private static double[] Read(SafeTensors file, string name, Shape shape)
    {
        var engine = new double[shape.Count];
        TorchLayout.ToEngine<double>(file.Read<double>(name), shape, engine);
        return engine;
    }

    private static float[] Floats(SafeTensors file, string name, Shape shape) => Array.ConvertAll(Read(file, name, shape), v => (float)v);
}
