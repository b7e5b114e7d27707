using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// Sends a value on its way to be averaged over the ranks of a training (<c>MPI_Iallreduce</c>); <see cref="AllReduceFinish"/> waits for it.
    /// </summary>
    /// <remarks>Nodes of this kind that follow each other are one bucket, which travels as a whole while the nodes after it compute.</remarks>
    internal sealed record AllReduceStart : Op
    {
        /// <inheritdoc/>
        public override string Name => "all_reduce_start";

        /// <inheritdoc/>
        public override int InPlaceInput => 0;

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            return [inputs.Of(0, ElementType.Wide)];
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.AllReduceStart(this, node);

        /// <summary>The nodes of a node's bucket, in the tape's order.</summary>
        /// <param name="tape">The node's tape.</param>
        /// <param name="node">A node of this kind.</param>
        internal static IReadOnlyList<Node> Bucket(Tape tape, Node node)
        {
            var first = node.Index;
            while (first > 0 && tape.Nodes[first - 1].Op is AllReduceStart)
                first--;
            return [.. tape.Nodes.Skip(first).TakeWhile(other => other.Op is AllReduceStart)];
        }
    }

    /// <summary>The mean over ranks of what an <see cref="AllReduceStart"/> sent on its way. Of one rank alone it is the value itself.</summary>
    internal sealed record AllReduceFinish : Op
    {
        /// <inheritdoc/>
        public override string Name => "all_reduce_finish";

        /// <inheritdoc/>
        public override int InPlaceInput => 0;

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            return [inputs.Of(0, ElementType.Wide)];
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.AllReduceFinish(this, node);
    }

    /// <summary>Records <see cref="AllReduceStart"/> and <see cref="AllReduceFinish"/>.</summary>
    public static class AllReduceRecording
    {
        /// <summary>Bytes from which a bucket is sent: enough that what a message costs by itself counts for little, and few enough to begin early.</summary>
        public const long BucketBytes = 8 << 20;

        /// <summary>Appends the gradients of a scalar, as <see cref="Tape.Backward(Value)"/> does, each parameter's averaged over the ranks.</summary>
        /// <remarks>
        /// A gradient is sent on its way with others of its bucket as soon as nothing more is added to it, and waited for after the last. Of a loss that is
        /// a mean over equally many patches of every rank, the averages are the gradients of the mean over all of them.
        /// </remarks>
        /// <param name="tape">The tape.</param>
        /// <param name="loss">A scalar.</param>
        /// <param name="bucketBytes">Bytes from which a bucket is sent, counted in float32.</param>
        /// <returns>The gradient of each value reached.</returns>
        public static IReadOnlyDictionary<Value, Value> BackwardAcrossRanks(this Tape tape, Value loss, long bucketBytes = BucketBytes)
        {
            var (ready, sent, bytes) = (new List<Value>(), new List<(Value Parameter, Value Sent)>(), 0L);
            var gradients = new Dictionary<Value, Value>();
            foreach (var (value, gradient) in tape.Backward(loss, parameter =>
            {
                ready.Add(parameter.Parameter);
                gradients[parameter.Parameter] = parameter.Gradient;
                bytes += parameter.Gradient.Shape.Count * sizeof(float);
                if (bytes >= bucketBytes)
                    Send();
            }))
                gradients.TryAdd(value, gradient);
            Send();
            foreach (var (parameter, one) in sent)
                gradients[parameter] = tape.Record(new AllReduceFinish(), one).Outputs[0];
            return gradients;

            void Send()
            {
                foreach (var parameter in ready)
                    sent.Add((parameter, tape.Record(new AllReduceStart(), gradients[parameter]).Outputs[0]));
                ready.Clear();
                bytes = 0;
            }
        }
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x. Outputs: x again (may be its memory). The first of a bucket sends the whole bucket.</summary>
        Kernel AllReduceStart(Ops.AllReduceStart op, Node node);

        /// <summary>Inputs: x. Outputs: its mean over the ranks (may be its memory).</summary>
        Kernel AllReduceFinish(Ops.AllReduceFinish op, Node node);
    }
}
