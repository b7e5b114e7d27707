using System.Globalization;
using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Rewriting;
using Histoseg.Engine.Tensors;
using Histoseg.GpuCheck;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Tests.Networks;

/// <summary>The slim network against PyTorch: logits, every parameter's gradient, three losses, and the state after three steps.</summary>
public class SlimNetworkReferenceTests
{
    private static readonly Network Slim = Network.Create(new() { Width = 8, K = 7, GicnChannels = 8 }, classes: 2);

    [Fact]
    public void Float64_agrees_to_1e8() => Check<double>(1e-8);

    [Fact]
    public void Float32_logits_and_the_first_losses_agree_to_1e3() => Check<float>(1e-3);

    /// <summary>
    /// A few of the 1.4 million activations are so close to 0 that rounding to float32 moves them across the ReLU's kink, and each then changes
    /// the gradient of everything below by a finite amount, in any float32 implementation. So float32 gradients and trained parameters are
    /// compared with those of the float64 program, which agrees with PyTorch to 1e-8, stepped to the same side of the kink at just those
    /// activations. Each of the three steps starts from the float64 state, because at this learning rate a difference in one step grows
    /// to several per cent of the weights within three; the third loss is compared here for the same reason.
    /// </summary>
    [Fact]
    public void Float32_gradients_and_state_agree_to_1e3_on_the_same_side_of_every_kink()
    {
        using var weights = SafeTensors.Open(Path.Combine(PyTorchValues.Network, "slim_weights.safetensors"));
        using var step = SafeTensors.Open(Path.Combine(PyTorchValues.Network, "slim_step.safetensors"));
        using var backend = new CpuBackend();
        var (single, exact) = (new GradientStep<float>(backend, weights, step), new GradientStep<double>(backend, weights, step));
        using (single.Program)
        using (exact.Program)
        {
            for (var i = 0; i < 3; i++)
            {
                foreach (var value in exact.Program.Tape.Values.Where(ParameterSet<double>.IsPersistent))
                    Array.ConvertAll(exact.Program.Real(value).ToArray(), v => (float)v).CopyTo(single.Program.Real(single.Program.Tape[value.Name]));
                single.Program.Run();
                var moved = 0;
                foreach (var node in exact.Program.Tape.Nodes)
                {
                    exact.Program.Run(node.Index, node.Index + 1);
                    if (IsKink(node))
                        moved += StepToSameSide(single.Program, exact.Program, node);
                }
                AssertClose(exact.Program.Real(exact.Loss).ToArray(), single.Program.Real(single.Loss), 1e-5, $"loss {i}");
                // Each activation counts twice where its batch norm is computed again for the gradients: then x is on the same side already.
                Assert.InRange(moved, 0, 80);
                foreach (var (parameter, gradient) in exact.Gradients)
                    AssertClose(exact.Program.Real(gradient).ToArray(),
                        single.Program.Real(single.Gradients.Single(g => g.Parameter.Name == parameter.Name).Gradient),
                        1e-3, parameter.Name);
                foreach (var value in exact.Program.Tape.Values.Where(ParameterSet<double>.IsModel))
                    AssertClose(exact.Program.Real(value).ToArray(), single.Program.Real(single.Program.Tape[value.Name]), 1e-3, value.Name);
            }
        }
    }

    private static bool IsKink(Node node) => node.Op is BatchNorm { Relu: true } or BatchNormAgain { Relu: true };

    /// <summary>
    /// Moves activations of the float64 program to the side of 0 on which those of the float32 program are; and what a batch norm without a residual made
    /// them of, as its gradient takes the ReLU's mask from there.
    /// </summary>
    private static int StepToSameSide(CpuProgram<float> singles, CpuProgram<double> exacts, Node node)
    {
        var single = singles.Real(singles.Tape.Nodes[node.Index].Outputs[0]);
        var exact = exacts.Real(node.Outputs[0]);
        var again = node.Op is BatchNormAgain;
        var hasResidual = node.Op is BatchNorm { HasResidual: true } or BatchNormAgain { HasResidual: true };
        var x = exacts.Real(node.Inputs[0]);
        var weight = exacts.Real(node.Inputs[1]);
        var bias = exacts.Real(node.Inputs[2]);
        var mean = exacts.Real(again ? node.Inputs[3] : node.Outputs[1]);
        var inverse = exacts.Real(again ? node.Inputs[4] : node.Outputs[2]);
        var moved = 0;
        for (var i = 0; i < exact.Length; i++)
        {
            if (single[i] > 0 == exact[i] > 0)
                continue;
            Assert.True(Math.Max(single[i], exact[i]) < 1e-3, $"activation {i} is {exact[i]} in float64 and {single[i]} in float32");
            exact[i] = single[i] > 0 ? double.Epsilon : 0;
            if (!hasResidual)
            {
                const double beyondRounding = 1e-12;
                var c = i % weight.Length;
                x[i] = mean[c] + ((single[i] > 0 ? beyondRounding : -beyondRounding) - bias[c]) / (weight[c] * inverse[c]);
            }
            moved++;
        }
        return moved;
    }

    /// <summary>The reference's training step, what each ReLU was made from and made, and every gradient kept.</summary>
    private sealed class GradientStep<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public GradientStep(CpuBackend backend, SafeTensors weights, SafeTensors step)
        {
            var tape = new Tape();
            var (image, target) = (tape.Input("image", new(2, 96, 96, 3)), tape.Input("target", new(2, 96, 96, 1), ElementType.Int32));
            Loss = tape.Keep(tape.SegmentationLoss(Slim.Record(new Layers(tape, NetworkMode.Training), image), target).Loss);
            var gradients = tape.Backward(Loss);
            var rate = tape.Input("rate", Shape.Scalar, ElementType.Wide);
            tape.Sgd(gradients, rate, Meta(step, "momentum"), Meta(step, "weight_decay"));
            Gradients = [.. tape.Parameters.Select(p => (p, tape.Keep(gradients[p])))];
            foreach (var value in tape.Nodes.Where(IsKink).SelectMany(node => node.Outputs.Append(node.Inputs[0])))
                tape.Keep(value);
            Program = backend.Compile<T>(tape);
            ParameterSet<T>.Load(weights).CopyTo(Program, "reference");
            Fill(Program, step, image, "x");
            Array.ConvertAll(step.Read<long>("target"), v => (int)v).CopyTo(Program.Integers(target));
            Program.Real(rate)[0] = T.CreateChecked(Meta(step, "lr"));
        }

        public CpuProgram<T> Program { get; }

        public Value Loss { get; }

        public IReadOnlyList<(Value Parameter, Value Gradient)> Gradients { get; }
    }

    private static double Meta(SafeTensors step, string key) => double.Parse(step.Metadata[key], CultureInfo.InvariantCulture);

    private static void Check<T>(double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var weights = SafeTensors.Open(Path.Combine(PyTorchValues.Network, "slim_weights.safetensors"));
        using var step = SafeTensors.Open(Path.Combine(PyTorchValues.Network, "slim_step.safetensors"));
        var parameters = ParameterSet<T>.Load(weights);
        using var backend = new CpuBackend();

        CheckEvaluation(NetworkMode.Evaluation, parameters, step, backend, tolerance);
        CheckEvaluation(NetworkMode.Inference, parameters, step, backend, tolerance);
        CheckRewritten(parameters, step, backend, tolerance);

        var tape = new Tape();
        var (image, target) = (tape.Input("image", new(2, 96, 96, 3)), tape.Input("target", new(2, 96, 96, 1), ElementType.Int32));
        var rate = tape.Input("rate", Shape.Scalar, ElementType.Wide);
        var logits = tape.Keep(Slim.Record(new Layers(tape, NetworkMode.Training), image));
        var loss = tape.Keep(tape.SegmentationLoss(logits, target).Loss);
        var gradients = tape.Backward(loss);
        foreach (var parameter in tape.Parameters)
            tape.Keep(gradients[parameter]);
        tape.Sgd(gradients, rate, Meta(step, "momentum"), Meta(step, "weight_decay"));
        using var program = backend.Compile<T>(tape);
        parameters.CopyTo(program, "reference");
        Fill(program, step, image, "x");
        Array.ConvertAll(step.Read<long>("target"), v => (int)v).CopyTo(program.Integers(target));
        program.Real(rate)[0] = T.CreateChecked(Meta(step, "lr"));

        var losses = step.Read<double>("losses");
        for (var i = 0; i < (typeof(T) == typeof(double) ? 3 : 2); i++)
        {
            program.Run();
            AssertClose([losses[i]], program.Real(loss), tolerance, $"loss {i}");
            if (i > 0)
                continue;
            AssertClose(Read(step, "logits_train", logits.Shape), program.Real(logits), tolerance, "training logits");
            var names = step.Tensors.Keys.Where(k => k.StartsWith("grad.", StringComparison.Ordinal)).ToList();
            Assert.Equal(tape.Parameters.Count(), names.Count);
            foreach (var name in typeof(T) == typeof(double) ? names : [])
                AssertClose(step, name, tape[name[5..]].Shape, program.Real(gradients[tape[name[5..]]]), tolerance);
        }
        if (typeof(T) != typeof(double))
            return;
        var after = step.Tensors.Keys.Where(k => k.StartsWith("after3.", StringComparison.Ordinal)
            && !k.EndsWith("num_batches_tracked", StringComparison.Ordinal)).ToList();
        Assert.Equal(tape.Values.Count(ParameterSet<T>.IsModel), after.Count);
        foreach (var name in after)
            AssertClose(step, name, tape[name[7..]].Shape, program.Real(tape[name[7..]]), tolerance);
    }

    private static void CheckEvaluation<T>(NetworkMode mode, ParameterSet<T> parameters, SafeTensors step, CpuBackend backend, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tape = new Tape();
        var layers = new Layers(tape, mode);
        var image = tape.Input("image", new(2, 96, 96, 3));
        var logits = tape.Keep(Slim.Record(layers, image));
        using var program = backend.Compile<T>(tape);
        (mode == NetworkMode.Inference ? parameters.Fold(layers.FoldedNorms) : parameters).CopyTo(program, "reference");
        Fill(program, step, image, "x");
        program.Run();
        AssertClose(Read(step, "logits_eval", logits.Shape), program.Real(logits), tolerance, $"{mode} logits");
    }

    private static void CheckRewritten<T>(ParameterSet<T> parameters, SafeTensors step, CpuBackend backend, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var plain = new Tape();
        var layers = new Layers(plain, NetworkMode.Inference);
        plain.Input("image", new(2, 96, 96, 3));
        var logits = plain.Keep(Slim.Record(layers, plain["image"]));
        var rewriter = TapeRewriter.Rewrite(plain);
        Assert.Equal(["backbone.conv1", "backbone.down.0", "gpp.up.0.0", "head", "head", "head"], rewriter.Applied.Select(one => one.Layer));
        using var program = backend.Compile<T>(rewriter.Tape);
        parameters.Fold(layers.FoldedNorms).Cut(rewriter.Pieces, "reference").CopyTo(program, "reference");
        Fill(program, step, rewriter.Tape["image"], "x");
        program.Run();
        AssertClose(Read(step, "logits_eval", logits.Shape), program.Real(rewriter[logits]), tolerance, "rewritten logits");
    }

    private static double[] Read(SafeTensors file, string name, Shape shape)
    {
        var engine = new double[shape.Count];
        TorchLayout.ToEngine<double>(file.Read<double>(name), shape, engine);
        return engine;
    }

    private static void Fill<T>(CpuProgram<T> program, SafeTensors file, Value value, string name) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Array.ConvertAll(Read(file, name, value.Shape), T.CreateChecked).CopyTo(program.Real(value));

    /// <summary>Elements and sums, both relative to the largest element.</summary>
    private static void AssertClose<T>(SafeTensors step, string name, Shape shape, ReadOnlySpan<T> computed, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (expected, actual) = (ReferenceTensor.Read(step, name, shape), ReferenceTensor.Reduce(computed, shape));
        AssertClose<double>([.. expected.Elements, .. expected.Sums], [.. actual.Elements, .. actual.Sums], tolerance, name,
            scale: expected.Elements.Max(Math.Abs));
    }

    private static void AssertClose<T>(double[] expected, ReadOnlySpan<T> actual, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AssertClose(expected, actual, tolerance, what, scale: expected.Max(Math.Abs));

    private static void AssertClose<T>(double[] expected, ReadOnlySpan<T> actual, double tolerance, string what, double scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        var (worst, at) = (0.0, 0);
        for (var i = 0; i < expected.Length; i++)
            if (Math.Abs(double.CreateChecked(actual[i]) - expected[i]) is var error && !(error <= worst))
                (worst, at) = (error, i);
        Assert.True(worst <= tolerance * scale, $"{what}[{at}] is {actual[at]}, PyTorch has {expected[at]}; the largest is {scale}");
    }
}
