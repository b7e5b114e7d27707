using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.GpuCheck;

/// <summary>Measures inference and training of the paper's network, after having looked at what it computes.</summary>
/// <param name="network">The network.</param>
/// <param name="side">Side of the patches.</param>
/// <param name="seconds">About how long each timing goes on.</param>
internal sealed class NetworkBench(Network network, int side, double seconds)
{
    private const int Seed = 1, Replays = 3, TrainingSteps = 12;
    private const float Rate = 1e-3f;

    /// <summary>How far bf16 logits may be from fp32 ones, as a share of their norm.</summary>
    private const double LogitTolerance = 0.05;

    /// <summary>What was measured.</summary>
    /// <param name="Timing">Time of one run.</param>
    /// <param name="Flops">Floating-point operations of one run.</param>
    /// <param name="PlannedBytes">Device memory the engine allocated for it.</param>
    /// <param name="DeviceBytes">By how much the GPU's free memory fell, kernels and libraries included.</param>
    /// <param name="Chosen">How many nodes are computed by which family of convolutions.</param>
    /// <param name="Fault">What is wrong with the results, or null. The time is told all the same: it is of use to who looks for the fault.</param>
    public readonly record struct Measurement(Timing Timing, long Flops, long PlannedBytes, long DeviceBytes,
        (string Key, object? Value)[] Chosen, string? Fault);

    /// <summary>One pass over a batch: batch norms folded, softmax appended, inputs on the GPU already.</summary>
    /// <param name="backend">The GPU.</param>
    /// <param name="batch">Patches.</param>
    /// <param name="reference">The first patch's logits in float32, see <see cref="Logits"/>.</param>
    public Measurement Inference(CudaBackend backend, int batch, float[] reference)
    {
        var (tape, image, logits, probabilities) = RecordInference(batch);
        return Measure(backend, tape, program =>
        {
            FillInference(program, image);
            program.Run();
            var first = program.Read(probabilities);
            for (var i = 0; i < Replays; i++)
                program.Run();
            var patch = new float[reference.Length];
            program.Read(logits, patch);
            return !Array.TrueForAll(first, float.IsFinite) ? "probabilities are not finite"
                : !program.Read(probabilities).AsSpan().SequenceEqual(first) ? "replays differ from the first run"
                : Agreement.RelativeNorm(Array.ConvertAll(reference, v => (double)v), patch) is var error && !(error <= LogitTolerance)
                    ? $"logits are {error:0.000} from float32's"
                : null;
        });
    }

    /// <summary>The logits of the first patch.</summary>
    public float[] Logits(CudaBackend backend)
    {
        var (tape, image, logits, _) = RecordInference(1);
        using var program = backend.Compile(tape);
        FillInference(program, image);
        program.Run();
        return program.Read(logits);
    }

    /// <summary>One training step over a batch: forward pass, loss, gradients, update; inputs on the GPU already.</summary>
    public Measurement Training(CudaBackend backend, int batch)
    {
        var recorded = StepTape.Record(network, batch, side);
        return Measure(backend, recorded.Tape, program =>
        {
            FillTraining(program, recorded);
            var (first, second) = (Steps(), Steps());
            return !Array.TrueForAll(first, float.IsFinite) ? "the loss is not finite"
                : !first.AsSpan().SequenceEqual(second) ? "the same steps gave other losses the second time"
                : !(first.Min() < first[0]) ? "the loss never falls"
                : null;

            float[] Steps()
            {
                Initialisation.KaimingNormal(program, Seed);
                var losses = new float[TrainingSteps];
                for (var i = 0; i < losses.Length; i++)
                {
                    program.Run();
                    losses[i] = program.Read(recorded.Loss)[0];
                }
                return losses;
            }
        });
    }

    /// <summary>The tape of one pass.</summary>
    public Tape InferenceTape(int batch) => RecordInference(batch).Tape;

    /// <summary>The tape of one step.</summary>
    public Tape TrainingTape(int batch) => StepTape.Record(network, batch, side).Tape;

    /// <summary>One run and nothing else.</summary>
    /// <param name="backend">The GPU.</param>
    /// <param name="training">Whether it is a training step.</param>
    /// <param name="batch">Patches.</param>
    /// <param name="watch">Runs the pass itself, which what is compiled, chosen and written before does not belong to.</param>
    public void Once(CudaBackend backend, bool training, int batch, Action<Action> watch)
    {
        if (training)
        {
            var recorded = StepTape.Record(network, batch, side);
            using var step = backend.Compile(recorded.Tape);
            Initialisation.KaimingNormal(step, Seed);
            FillTraining(step, recorded);
            Watch(step, recorded.Loss);
            return;
        }
        var (tape, image, _, probabilities) = RecordInference(batch);
        using var program = backend.Compile(tape);
        FillInference(program, image);
        Watch(program, probabilities);

        // Reading waits for the kernels.
        void Watch(Program<float> pass, Value result) => watch(() =>
        {
            pass.Run();
            _ = pass.Read(result);
        });
    }

    private void FillTraining(Program<float> program, StepTape recorded)
    {
        var (image, target) = (new float[recorded.Image.Shape.Count], new int[recorded.Target.Shape.Count]);
        SyntheticPatches.Fill(Seed, side, image, target);
        program.Write(recorded.Image, image);
        program.Write(recorded.Target, target);
        program.Write(recorded.Rate, [Rate]);
    }

    private (Tape Tape, Value Image, Value Logits, Value Probabilities) RecordInference(int batch)
    {
        var tape = new Tape();
        var image = tape.Input("image", new Shape(batch, side, side, 3));
        var logits = tape.Keep(network.Record(new Layers(tape, NetworkMode.Inference), image));
        return (tape, image, logits, tape.Keep(tape.Softmax(logits, ElementType.Wide)));
    }

    private void FillInference(Program<float> program, Value image)
    {
        Initialisation.KaimingNormal(program, Seed);
        // Without batch norms to hold it back the sum of residuals would double sixteen times.
        foreach (var last in program.Tape.Parameters.Where(p => p.Name.EndsWith(".conv3.weight", StringComparison.Ordinal)))
            program.Write(last, Array.ConvertAll(program.Read(last), v => 0.2f * v));
        var numbers = new float[image.Shape.Count];
        SyntheticPatches.Fill(Seed, side, numbers, new int[image.Shape.Pixels]);
        program.Write(image, numbers);
    }

    private Measurement Measure(CudaBackend backend, Tape tape, Func<Program<float>, string?> validate)
    {
        var free = backend.Device.Memory().Free;
        using var program = backend.Compile(tape);
        var fault = validate(program);
        var timing = GpuClock.Measure(backend.Device.Driver, program.Run, seconds);
        return new Measurement(timing, tape.Nodes.Sum(node => node.Op.Cost(node).Flops),
            backend.BytesNeeded(tape) + program.WorkspaceBytes, free - backend.Device.Memory().Free,
            ConvolutionFamily.Counts(backend.Device, tape, backend.Precision), fault);
    }
}
