using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Autograd;

/// <summary>
/// A linear recording of operations. Networks record their forward pass, <see cref="Backward(Value)"/> appends the gradients, an optimiser its updates; a
/// backend then compiles the whole.
/// </summary>
public sealed class Tape
{
    private readonly List<Value> _values = [];
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, Value> _named = [];
    private readonly Stack<string> _scopes = new([""]);

    /// <summary>Every value, in order of creation.</summary>
    public IReadOnlyList<Value> Values => _values;

    /// <summary>Every node, in order of execution.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The parameters, in order of creation.</summary>
    public IEnumerable<Value> Parameters => _values.Where(v => v.Kind == ValueKind.Parameter);

    /// <summary>A tensor the caller fills before each run.</summary>
    /// <param name="name">Unique on the tape.</param>
    /// <param name="shape">Extents.</param>
    /// <param name="type">Element type.</param>
    /// <param name="requiresGradient">Whether <see cref="Backward(Value)"/> shall compute its gradient.</param>
    public Value Input(string name, Shape shape, ElementType type = ElementType.Real, bool requiresGradient = false) =>
        AddNamed(name, shape, type, ValueKind.Input, requiresGradient);

    /// <summary>A learned tensor. Asking again for the same name gives the same value.</summary>
    /// <exception cref="EngineError">The name is in use with another shape or kind.</exception>
    public Value Parameter(string name, Shape shape) => AddNamed(name, shape, ElementType.Wide, ValueKind.Parameter, true);

    /// <summary>A learned vector of <paramref name="length"/> numbers: a bias, a scale, a shift.</summary>
    /// <exception cref="EngineError">The name is in use with another shape or kind.</exception>
    public Value VectorParameter(string name, int length) =>
        AddNamed(name, Shape.Vector(length), ElementType.Wide, ValueKind.Parameter, true, rank: 1);

    /// <summary>A persistent tensor that is not learned by gradient. Asking again for the same name gives the same value.</summary>
    /// <exception cref="EngineError">The name is in use with another shape or kind.</exception>
    public Value State(string name, Shape shape, int rank = 4) => AddNamed(name, shape, ElementType.Wide, ValueKind.State, false, rank);

    /// <summary>An input, a parameter or a state like one of another tape; no gradient is asked for of an input.</summary>
    internal Value Declare(Value like) =>
        AddNamed(like.Name, like.Shape, like.Type, like.Kind, requiresGradient: like.Kind == ValueKind.Parameter, like.Rank);

    /// <summary>The input, parameter or state of that name.</summary>
    /// <exception cref="EngineError">There is none.</exception>
    public Value this[string name] => _named.TryGetValue(name, out var value)
        ? value
        : throw new EngineError($"the network has no tensor named '{name}'");

    /// <summary>Names what is recorded until the returned object is disposed; scopes nest with dots.</summary>
    public IDisposable Scope(string name)
    {
        var outer = _scopes.Peek();
        _scopes.Push(outer.Length == 0 ? name : $"{outer}.{name}");
        return new ScopeEnd(_scopes);
    }

    /// <summary>The dotted name of the scope being recorded.</summary>
    public string CurrentScope => _scopes.Peek();

    /// <summary>Whether <paramref name="value"/> is one of <see cref="Values"/>.</summary>
    internal bool Owns(Value value) => value.Id < _values.Count && _values[value.Id] == value;

    /// <summary>Keeps <paramref name="value"/> readable after a run and returns it.</summary>
    /// <exception cref="ArgumentException">It is of another tape.</exception>
    public Value Keep(Value value)
    {
        if (!Owns(value))
            throw new ArgumentException($"{value} is a value of another tape", nameof(value));
        value.Kept = true;
        return value;
    }

    /// <summary>Records an operation, whose rule (<see cref="Op.Infer"/>) tells what its outputs are. Operations' recording methods call this.</summary>
    /// <param name="op">The operation with its attributes.</param>
    /// <param name="inputs">What it reads.</param>
    /// <exception cref="ArgumentException">The operation does not take these inputs.</exception>
    public Node Record(Op op, params Value[] inputs)
    {
        var node = new Node(_nodes.Count, op, _scopes.Peek(), inputs);
        var outputs = op.Infer(new Operands(op, inputs));
        var requires = inputs.Any(v => v.RequiresGradient);
        var made = new Value[outputs.Count];
        for (var i = 0; i < made.Length; i++)
        {
            var name = $"{(node.Scope.Length == 0 ? "" : node.Scope + ".")}{op.Name}#{node.Index}{(i == 0 ? "" : $":{i}")}";
            made[i] = new Value(_values.Count, name, outputs[i].Shape, outputs[i].Type, ValueKind.Intermediate,
                requires && outputs[i].Type.IsFloat())
            { Producer = node };
            _values.Add(made[i]);
        }
        node.Outputs = made;
        _nodes.Add(node);
        return node;
    }

    /// <summary>Appends the gradient of a scalar with respect to every parameter and watched input that influences it.</summary>
    /// <param name="loss">A scalar.</param>
    /// <returns>The gradient of each value reached.</returns>
    public IReadOnlyDictionary<Value, Value> Backward(Value loss)
    {
        if (loss.Shape != Shape.Scalar)
            throw new ArgumentException($"the loss must be a scalar, not {loss.Shape}", nameof(loss));
        return Backward(loss, this.Fill(Shape.Scalar, 1, loss.Type));
    }

    /// <summary>The same, and tells of each parameter's gradient as soon as nothing more is added to it.</summary>
    internal IReadOnlyDictionary<Value, Value> Backward(Value loss, Action<(Value Parameter, Value Gradient)> finished) =>
        Backward(loss, this.Fill(Shape.Scalar, 1, loss.Type), finished);

    /// <summary>Appends the vector–Jacobian product: the gradient of Σ output·seed.</summary>
    /// <param name="output">The value to differentiate.</param>
    /// <param name="seed">Its upstream gradient, of the same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public IReadOnlyDictionary<Value, Value> Backward(Value output, Value seed) => Backward(output, seed, finished: null);

    private Dictionary<Value, Value> Backward(Value output, Value seed, Action<(Value Parameter, Value Gradient)>? finished)
    {
        if (seed.Shape != output.Shape)
            throw new ArgumentException($"the upstream gradient {seed.Shape} must have the output's shape {output.Shape}", nameof(seed));
        var gradients = new Dictionary<Value, Value> { [output] = seed };
        var again = new Dictionary<Value, Value>();
        var firstUses = FirstUses();
        for (var i = _nodes.Count - 1; i >= 0; i--)
        {
            var node = _nodes[i];
            if (node.Inputs.Any(v => v.RequiresGradient) && node.Outputs.Any(gradients.ContainsKey))
                using (Scope(node.Scope))
                    node.Op.Gradient(new GradientContext(this, gradients, again, node));
            foreach (var parameter in node.Inputs.Where(v => firstUses.GetValueOrDefault(v) == node).Distinct())
                if (gradients.TryGetValue(parameter, out var gradient))
                    finished?.Invoke((parameter, gradient));
        }
        return gradients;
    }

    // Before it nothing uses the parameter, so its gradient is complete with it.
    private Dictionary<Value, Node> FirstUses()
    {
        var first = new Dictionary<Value, Node>();
        foreach (var node in _nodes)
            foreach (var input in node.Inputs.Where(v => v.Kind == ValueKind.Parameter))
                first.TryAdd(input, node);
        return first;
    }

    private Value AddNamed(string name, Shape shape, ElementType type, ValueKind kind, bool requiresGradient, int rank = 4)
    {
        if (_named.TryGetValue(name, out var known))
        {
            if (known.Kind == kind && known.Shape == shape && known.Type == type && kind != ValueKind.Input)
                return known;
            throw new EngineError($"the network names two tensors '{name}': {known.Kind} {known.Shape} and {kind} {shape}");
        }
        var value = new Value(_values.Count, name, shape, type, kind, requiresGradient, rank);
        _values.Add(value);
        return _named[name] = value;
    }

    private sealed class ScopeEnd(Stack<string> scopes) : IDisposable
    {
        public void Dispose() => scopes.Pop();
    }
}
