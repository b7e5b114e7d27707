using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Ops;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Training.Runs;

/// <summary>
/// The start of the 1×1 convolution that Qin et al. 2018 have in place of a ResNet's max-pooling, where the layers around it are pretrained: it passes on
/// what it gets.
/// </summary>
/// <remarks>
/// Each channel is its own, and the norm gives back the mean and deviation that it expects to take away, so that the features pass through both by running
/// statistics and, as far as they are as expected, by those of a batch. What is expected follows from the norm before, whose ReLU cuts a normal
/// distribution of mean β and deviation |γ|.
/// </remarks>
internal static class DownStart
{
    /// <summary>What the names of its parameters begin with.</summary>
    public const string Prefix = Network.Backbone + "down.";

    /// <summary>Writes the convolution and its norm, if the program's network has them.</summary>
    /// <param name="program">A network whose first convolution and norm have their weights.</param>
    public static void PassThrough(Program<float> program)
    {
        var values = program.Tape.Values.Where(ParameterSet<float>.IsModel).ToDictionary(value => value.Name);
        if (!values.TryGetValue($"{Prefix}0.weight", out var weight))
            return;
        var width = weight.Shape.N;
        var identity = new float[width * width];
        for (var channel = 0; channel < width; channel++)
            identity[channel * (width + 1)] = 1;
        program.Write(weight, identity);

        var (gamma, beta) = (program.Read(values[$"{Network.Backbone}bn1.weight"]), program.Read(values[$"{Network.Backbone}bn1.bias"]));
        var expected = gamma.Zip(beta, Rectified).ToList();
        Write("weight", one => Math.Sqrt(one.Variance + BatchNormRecording.DefaultEpsilon));
        Write("bias", one => one.Mean);
        Write("running_mean", one => one.Mean);
        Write("running_var", one => one.Variance);

        void Write(string name, Func<(double Mean, double Variance), double> of) =>
            program.Write(values[$"{Prefix}1.{name}"], [.. expected.Select(one => (float)of(one))]);
    }

    /// <summary>Mean and variance of max(0, β + γ·z) for a z of the standard normal distribution, by sums over z.</summary>
    internal static (double Mean, double Variance) Rectified(float gamma, float beta)
    {
        const double step = 1.0 / 256, most = 8;
        var (weights, sum, squares) = (0.0, 0.0, 0.0);
        for (var z = -most; z <= most; z += step)
        {
            var (weight, value) = (Math.Exp(-z * z / 2), Math.Max(0, beta + gamma * z));
            (weights, sum, squares) = (weights + weight, sum + weight * value, squares + weight * value * value);
        }
        return (sum / weights, Math.Max(0, squares / weights - sum * sum / (weights * weights)));
    }
}
