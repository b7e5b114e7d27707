using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Tests.Networks;

/// <summary>Every network's gradients, tensor by tensor, against difference quotients in float64.</summary>
public class NetworkGradientTests
{
    public static TheoryData<string> Names => [.. Network.Names];

    [Theory, MemberData(nameof(Names))]
    public void Every_parameters_gradient_is_the_difference_quotient(string name)
    {
        using var step = new LossAndGradients(Network.Create(new() { Name = name, Width = 2, K = 3, GicnChannels = 2 }, classes: 3));
        Assert.NotEmpty(step.Gradients);
        var (random, telling) = (new Random(5), 0);
        foreach (var (parameter, slope) in step.Gradients)
        {
            var (expected, actual) = step.AlongSomeDirection(parameter, slope, random);
            if (Math.Abs(expected) > 1e-6)
                telling++;
            Assert.True(Math.Abs(expected - actual) <= 1e-6 * Math.Max(1e-2, Math.Abs(expected)),
                $"{name}, {parameter.Name}: the difference quotient is {expected:R} and the gradient says {actual:R}");
        }
        // Some derivatives are 0: where no ReLU switches, a batch norm takes back what the layer before it shifts.
        Assert.InRange(telling, 0.8 * step.Gradients.Count, step.Gradients.Count);
    }

    /// <summary>A training pass at random weights, and the gradient of each parameter there.</summary>
    private sealed class LossAndGradients : IDisposable
    {
        private readonly CpuBackend _backend = new(threads: 1);
        private readonly CpuProgram<double> _program;
        private readonly Value _loss;
        private readonly int _pastLoss;

        public LossAndGradients(Network settings)
        {
            var size = 2 * settings.OutputStride;
            var tape = new Tape();
            var (image, target) = (tape.Input("image", new Shape(3, size, size, 3)), tape.Input("target", new Shape(3, size, size, 1), ElementType.Int32));
            _loss = tape.Keep(tape.SegmentationLoss(settings.Record(new Layers(tape, NetworkMode.Training), image), target).Loss);
            _pastLoss = tape.Nodes.Count;
            var gradients = tape.Backward(_loss);
            var kept = tape.Parameters.Select(parameter => (Parameter: parameter, Gradient: tape.Keep(gradients[parameter]))).ToList();
            _program = _backend.Compile<double>(tape);
            var random = new Random(3);
            foreach (var value in tape.Values.Where(ParameterSet<double>.IsModel))
                foreach (ref var number in _program.Real(value))
                    // Shifts above 0 keep most ReLUs from switching, so that a short step meets no kink.
                    number = random.NextDouble() - (value.Rank == 1 ? 0 : 0.5);
            foreach (ref var pixel in _program.Real(image))
                pixel = 2 * random.NextDouble() - 1;
            foreach (ref var label in _program.Integers(target))
                label = random.Next(4) is var drawn and < 3 ? drawn : 255;
            _program.Run();
            Gradients = [.. kept.Select(pair => (pair.Parameter, _program.Read(pair.Gradient)))];
        }

        public IReadOnlyList<(Value Parameter, double[] Slope)> Gradients { get; }

        /// <summary>The derivative of the loss along a random direction of one parameter: by a difference quotient, and by the gradient.</summary>
        public (double Quotient, double Gradient) AlongSomeDirection(Value parameter, double[] slope, Random random)
        {
            var here = _program.Read(parameter);
            // Shorter and shorter steps, so that of the thousands of kinks none lies between the points, down to where rounding of the loss shows.
            for (var step = 1e-6; step > 5e-8; step *= 0.9)
            {
                var direction = Array.ConvertAll(here, _ => 2 * random.NextDouble() - 1);
                double At(double distance)
                {
                    var values = _program.Real(parameter);
                    for (var i = 0; i < values.Length; i++)
                        values[i] = here[i] + distance * direction[i];
                    _program.Run(0, _pastLoss);
                    var loss = _program.Real(_loss)[0];
                    here.CopyTo(_program.Real(parameter));
                    return loss;
                }
                var (wide, narrow) = ((At(2 * step) - At(-2 * step)) / (4 * step), (At(step) - At(-step)) / (2 * step));
                // Between these points lies the kink of a ReLU or of a maximum: another direction.
                if (Math.Abs(wide - narrow) > 2e-7 * Math.Max(1e-2, Math.Abs(narrow)))
                    continue;
                return (narrow + (narrow - wide) / 3, direction.Zip(slope, (d, s) => d * s).Sum());
            }
            throw new InvalidOperationException($"{parameter.Name}: every direction meets a kink");
        }

        public void Dispose()
        {
            _program.Dispose();
            _backend.Dispose();
        }
    }
}
