using System.Globalization;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Ops;

/// <summary>Every file of PyTorch values in <c>tests/reference/ops</c> against the same operation in float64.</summary>
public class ReferenceTests
{
    private const double Tolerance = 1e-9;

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(PyTorchValues.Operations, "*.safetensors").Select(f => Path.GetFileNameWithoutExtension(f)).Order()];

    [Fact]
    public void All_files_are_there() => Assert.Equal(39, Directory.GetFiles(PyTorchValues.Operations).Length);

    [Theory, MemberData(nameof(Files))]
    public void Agrees_with_PyTorch(string name)
    {
        using var file = SafeTensors.Open(Path.Combine(PyTorchValues.Operations, name + ".safetensors"));
        var reference = new Reference(file);
        switch (file.Metadata["op"])
        {
            case "conv2d":
                var window = reference.Window(reference.ShapeOf("weight"));
                reference.Check(["x", "weight", .. reference.Optional("bias")], (t, v) => t.Conv2d(v[0], v[1], window, v.Length > 2 ? v[2] : null));
                break;
            case "conv_transpose2d":
                var transposed = reference.Window(reference.ShapeOf("weight"));
                var output = reference.ShapeOf("y");
                reference.Check(["x", "weight", .. reference.Optional("bias")],
                    (t, v) => t.ConvTranspose2d(v[0], v[1], transposed, output.H, output.W, v.Length > 2 ? v[2] : null));
                break;
            case "batch_norm":
                CheckBatchNorm(file, reference);
                break;
            case "adaptive_avg_pool2d":
                reference.Check(["x"], (t, v) => t.AdaptiveAvgPool2d(v[0], reference.ShapeOf("y").H, reference.ShapeOf("y").W));
                break;
            case "avg_pool2d":
                reference.Check(["x"], (t, v) => t.AvgPool2d(v[0], reference.Number("kernel"), reference.Number("stride")));
                break;
            case "interpolate_bilinear":
                reference.Check(["x"], (t, v) => t.BilinearResize(v[0], reference.ShapeOf("y").H, reference.ShapeOf("y").W));
                break;
            case "max_pool2d":
                reference.Check(["x"], (t, v) =>
                {
                    var (maxima, indices) = t.MaxPool2d(v[0], reference.Number("kernel"), reference.Number("stride"));
                    reference.ExpectIntegers(t.Keep(indices), "indices");
                    return maxima;
                });
                break;
            case "max_unpool2d":
                reference.Check(["x"], (t, v) => t.MaxUnpool2d(v[0], reference.IntegerInput(t, "indices"), reference.ShapeOf("y").H, reference.ShapeOf("y").W));
                break;
            case "sgd":
                CheckSgd(file, reference);
                break;
            default:
                var weights = file.Tensors.ContainsKey("weight") ? file.Read<double>("weight") : null;
                var isCrossEntropy = file.Metadata["op"] == "cross_entropy";
                reference.Check(["logits"], (t, v) => t.SegmentationLoss(v[0], reference.IntegerInput(t, "target"),
                    isCrossEntropy ? 0 : reference.Real("alpha"), isCrossEntropy ? 1 : reference.Real("k"), weights).Loss, output: "loss");
                break;
        }
        Assert.True(reference.Compared >= (name == "batch_norm_eval" ? 1 : 2), $"{name}: nothing was compared");
    }

    private static void CheckBatchNorm(SafeTensors file, Reference reference)
    {
        var training = file.Metadata["mode"] == "train";
        var before = training ? "_before" : "";
        reference.Check(["x", "weight", "bias"], (t, v) =>
        {
            var (mean, variance) = (reference.State(t, "running_mean" + before), reference.State(t, "running_var" + before));
            if (training)
            {
                reference.Expect(mean, "running_mean_after");
                reference.Expect(variance, "running_var_after");
            }
            return t.BatchNorm(v[0], v[1], v[2], mean, variance, training);
        });
    }

    private static void CheckSgd(SafeTensors file, Reference reference)
    {
        var shape = new Shape(5, 1, 1, 4);
        var tape = new Tape();
        var (w, gradient, rate) =
            (tape.Parameter("w", shape), tape.Input("gradient", shape, ElementType.Wide), tape.Input("rate", Shape.Scalar, ElementType.Wide));
        tape.Sgd(new Dictionary<Value, Value> { [w] = gradient }, rate, reference.Real("momentum"), reference.Real("weight_decay"));
        using var backend = new CpuBackend(1);
        using var program = backend.Compile<double>(tape);
        file.Read<double>("w0").CopyTo(program.Real(w));
        program.Real(rate)[0] = reference.Real("lr");
        var (gradients, after) = (file.Read<double>("grads"), file.Read<double>("w_after_each_step"));
        for (var step = 0; step < 6; step++)
        {
            gradients.AsSpan(step * 20, 20).CopyTo(program.Real(gradient));
            program.Run();
            reference.AssertClose(after.AsSpan(step * 20, 20), program.Real(w), $"w after step {step}");
        }
    }

    /// <summary>One reference file: its attributes, and the comparison of what it holds.</summary>
    private sealed class Reference(SafeTensors file)
    {
        private readonly List<(Value Value, string Name)> _expected = [];
        private readonly List<(Value Value, string Name)> _integersExpected = [];
        private readonly List<(Value Value, string Name)> _given = [];

        public int Compared { get; private set; }

        public int Number(string key) => int.Parse(file.Metadata[key], CultureInfo.InvariantCulture);

        public double Real(string key) => double.Parse(file.Metadata[key], CultureInfo.InvariantCulture);

        public IEnumerable<string> Optional(string name) => file.Tensors.ContainsKey(name) ? [name] : [];

        public Shape ShapeOf(string name) => file.Tensors[name].Shape switch
        {
            [var a, var b, var h, var w] => new((int)a, (int)h, (int)w, (int)b),
            [var n, var h, var w] => new((int)n, (int)h, (int)w, 1),
            [var c] => Shape.Vector((int)c),
            _ => Shape.Scalar,
        };

        public ConvWindow Window(Shape weight)
        {
            (int, int) Pair(string key)
            {
                var numbers = file.Metadata.TryGetValue(key, out var text) ? text.Split(',') : [key == "padding" ? "0" : "1"];
                return (int.Parse(numbers[0], CultureInfo.InvariantCulture), int.Parse(numbers[^1], CultureInfo.InvariantCulture));
            }
            var ((sh, sw), (ph, pw), (dh, dw)) = (Pair("stride"), Pair("padding"), Pair("dilation"));
            return new ConvWindow(weight.H, weight.W, sh, sw, ph, pw, dh, dw);
        }

        public Value IntegerInput(Tape tape, string name)
        {
            var value = tape.Input(name, ShapeOf(name), ElementType.Int32);
            _given.Add((value, name));
            return value;
        }

        public Value State(Tape tape, string name)
        {
            var value = tape.State(name, ShapeOf(name));
            _given.Add((value, name));
            return value;
        }

        public void Expect(Value value, string name) => _expected.Add((value, name));

        public void ExpectIntegers(Value value, string name) => _integersExpected.Add((value, name));

        public void Check(string[] inputs, Func<Tape, Value[], Value> record, string output = "y")
        {
            var tape = new Tape();
            var values = inputs.Select(name =>
                tape.Input(name, ShapeOf(name), name is "bias" || ShapeOf(name) == Shape.Vector(ShapeOf(name).C) ? ElementType.Wide : ElementType.Real,
                requiresGradient: true)).ToArray();
            _given.AddRange(values.Zip(inputs));
            var y = tape.Keep(record(tape, values));
            Expect(y, output);
            IReadOnlyDictionary<Value, Value> gradients = new Dictionary<Value, Value>();
            if (file.Tensors.ContainsKey("dy"))
            {
                var dy = tape.Input("dy", y.Shape, y.Type);
                _given.Add((dy, "dy"));
                gradients = tape.Backward(y, dy);
            }
            else if (output == "loss")
                gradients = tape.Backward(y);
            foreach (var (value, name) in values.Zip(inputs))
                if (file.Tensors.ContainsKey("d" + name))
                    Expect(tape.Keep(gradients[value]), "d" + name);
            using var backend = new CpuBackend(2);
            using var program = backend.Compile<double>(tape);
            foreach (var (value, name) in _given)
                Fill(program, value, name);
            program.Run();
            foreach (var (value, name) in _expected)
                AssertClose(Read(name, value.Shape), program.Real(value), name);
            foreach (var (value, name) in _integersExpected)
                Assert.Equal(Array.ConvertAll(Read(name, value.Shape), v => (int)v), program.Integers(value).ToArray());
        }

        private void Fill(CpuProgram<double> program, Value value, string name)
        {
            var numbers = Read(name, value.Shape);
            if (value.Type == ElementType.Int32)
                Array.ConvertAll(numbers, v => (int)v).CopyTo(program.Integers(value));
            else
                numbers.CopyTo(program.Real(value));
        }

        private double[] Read(string name, Shape shape)
        {
            var engine = new double[shape.Count];
            TorchLayout.ToEngine<double>(file.Read<double>(name), shape, engine);
            return engine;
        }

        public void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, string what)
        {
            var scale = 0.0;
            foreach (var v in expected)
                scale = Math.Max(scale, Math.Abs(v));
            for (var i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - actual[i]) <= Tolerance * scale, $"{what}[{i}] is {actual[i]:R}, PyTorch has {expected[i]:R}");
            Compared++;
        }
    }
}
