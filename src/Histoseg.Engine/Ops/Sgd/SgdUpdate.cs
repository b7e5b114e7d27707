using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>One step of stochastic gradient descent in PyTorch's form: g ← dw + decay·w; v ← momentum·v + g; w ← w − rate·v.</summary>
    /// <param name="Momentum">0 … 1; the velocity starts at zero, which makes the first step PyTorch's.</param>
    /// <param name="WeightDecay">Added to the gradient, in units of the weight.</param>
    internal sealed record SgdUpdate(double Momentum, double WeightDecay) : Op
    {
        /// <inheritdoc/>
        public override string Name => "sgd";

        /// <inheritdoc/>
        public override IReadOnlyList<int> UpdatedInputs => [0, 2];

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(4);
            var weight = inputs.Of(0, ElementType.Wide);
            inputs.Require(1, weight);
            inputs.Require(2, weight);
            inputs.Require(3, TensorType.Wide(Shape.Scalar));
            return [];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(6 * node.Inputs[0].Shape.Count, 5 * node.Inputs[0].Shape.Count);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.SgdUpdate(this, node);
    }

    /// <summary>Records <see cref="SgdUpdate"/>.</summary>
    public static class SgdRecording
    {
        /// <summary>Name of the state that holds a parameter's velocity.</summary>
        public static string VelocityName(string parameter) => parameter + ".velocity";

        /// <summary>Updates every parameter that has a gradient.</summary>
        /// <param name="tape">The tape, after <see cref="Tape.Backward(Value)"/>.</param>
        /// <param name="gradients">What <see cref="Tape.Backward(Value)"/> returned.</param>
        /// <param name="rate">The learning rate, a wide scalar input.</param>
        /// <param name="momentum">0 … 1.</param>
        /// <param name="weightDecay">At least 0.</param>
        /// <exception cref="ArgumentException">The rate is no wide scalar, or a gradient is not wide.</exception>
        public static void Sgd(this Tape tape, IReadOnlyDictionary<Value, Value> gradients, Value rate, double momentum, double weightDecay) =>
            tape.Sgd(gradients, _ => rate, momentum, weightDecay);

        /// <summary>Updates every parameter that has a gradient, each at its own rate.</summary>
        /// <param name="tape">The tape, after <see cref="Tape.Backward(Value)"/>.</param>
        /// <param name="gradients">What <see cref="Tape.Backward(Value)"/> returned.</param>
        /// <param name="rateOf">The learning rate of a parameter, a wide scalar input.</param>
        /// <param name="momentum">0 … 1.</param>
        /// <param name="weightDecay">At least 0.</param>
        /// <exception cref="ArgumentException">A rate is no wide scalar, or a gradient is not wide.</exception>
        public static void Sgd(this Tape tape, IReadOnlyDictionary<Value, Value> gradients, Func<Value, Value> rateOf, double momentum, double weightDecay)
        {
            foreach (var parameter in tape.Parameters.ToList())
                if (gradients.TryGetValue(parameter, out var gradient))
                    tape.Record(new SgdUpdate(momentum, weightDecay),
                        parameter, gradient, tape.State(VelocityName(parameter.Name), parameter.Shape, parameter.Rank), rateOf(parameter));
        }
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: w, dw, v, rate. Writes w and v.</summary>
        Kernel SgdUpdate(Ops.SgdUpdate op, Node node);
    }
}
