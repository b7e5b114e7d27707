using System.Runtime.InteropServices;
using Google.Protobuf;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Rewriting;

namespace Histoseg.Export.Graph;

/// <summary>Collects the nodes and tensors of an ONNX graph. Maps are NCHW there, whatever they are on the tape.</summary>
/// <param name="tape">The tape being translated.</param>
internal sealed class GraphBuilder(Tape tape)
{
    private readonly Dictionary<Value, string> _names = [];
    private readonly List<Value> _parameters = [];
    private readonly Dictionary<Value, QuantisedLayer> _quantised = [];

    /// <summary>The graph so far. Parameters are referred to by name; <see cref="AddWeights"/> adds them.</summary>
    public GraphProto Graph { get; } = new() { Name = "network" };

    /// <summary>Calls a value by another name than the tape's.</summary>
    public void Rename(Value value, string name) => _names[value] = name;

    /// <summary>Declares an input of the graph.</summary>
    /// <param name="value">The value it stands for.</param>
    /// <param name="name">Its name.</param>
    /// <param name="description">In words.</param>
    /// <param name="extents">A number or a name per axis.</param>
    public void AddInput(Value value, string name, string description, params IEnumerable<Extent> extents)
    {
        Rename(value, name);
        Graph.Input.Add(Describe(name, description, extents));
    }

    /// <summary>Declares an output of the graph.</summary>
    public void AddOutput(Value value, string name, string description, params IEnumerable<Extent> extents)
    {
        Rename(value, name);
        Graph.Output.Add(Describe(name, description, extents));
    }

    /// <summary>The tensor's name in the graph. A parameter or state that is asked for becomes part of it.</summary>
    public string this[Value value]
    {
        get
        {
            if (!_names.TryGetValue(value, out var name))
            {
                name = _names[value] = value.Name;
                if (value.Kind is ValueKind.Parameter or ValueKind.State)
                    _parameters.Add(value);
            }
            return name;
        }
    }

    /// <summary>The name of a weight that the graph has in 8 bits, as steps.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="layer">The layer it is of.</param>
    public string Steps(Value weight, QuantisedLayer layer)
    {
        _quantised[weight] = layer;
        return this[weight];
    }

    /// <summary>Whether the value was declared as an input of the graph.</summary>
    public bool IsInput(Value value) => _names.TryGetValue(value, out var name) && Graph.Input.Any(input => input.Name == name);

    /// <summary>Whether any node of the tape reads the value.</summary>
    public bool IsRead(Value value) => tape.Nodes.Any(node => node.Inputs.Contains(value));

    /// <summary>The node that makes the value; null if none does.</summary>
    public Node? MakerOf(Value value) => tape.Nodes.FirstOrDefault(node => node.Outputs.Contains(value));

    /// <summary>Adds a node, named as its first output.</summary>
    public void Add(string operation, string[] inputs, string[] outputs, params AttributeProto[] attributes) =>
        Graph.Node.Add(new NodeProto { Name = outputs[0], OpType = operation, Input = { inputs }, Output = { outputs }, Attribute = { attributes } });

    /// <summary>Adds a constant tensor and returns its name.</summary>
    public string Constant(string name, float[] numbers, params long[] extents)
    {
        Graph.Initializer.Add(Tensor(name, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>(numbers), extents));
        return name;
    }

    /// <summary>Adds a constant byte and returns its name.</summary>
    public string Constant(string name, byte number)
    {
        Graph.Initializer.Add(Tensor(name, TensorProto.Types.DataType.Uint8, [number], []));
        return name;
    }

    /// <summary>Adds a constant list of integers and returns its name.</summary>
    public string Constant(string name, params long[] numbers)
    {
        Graph.Initializer.Add(Tensor(name, TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes<long>(numbers), [numbers.Length]));
        return name;
    }

    /// <summary>Adds the numbers of every parameter the graph refers to, in PyTorch's layout, which is ONNX's too.</summary>
    /// <param name="weights">The numbers, batch norms folded.</param>
    /// <param name="source">Where they came from, for errors.</param>
    /// <exception cref="Engine.EngineError">A tensor is missing, has another shape, or holds NaN or infinity.</exception>
    public void AddWeights(ParameterSet<float> weights, string source)
    {
        foreach (var value in _parameters)
        {
            var numbers = weights.Fitting(value, source);
            if (_quantised.TryGetValue(value, out var layer))
            {
                var steps = TorchLayout.ToTorch<sbyte>(QuantisedWeights.StepsOf(weights, value.Name, layer), value.Shape);
                Graph.Initializer.Add(Tensor(value.Name, TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes<sbyte>(steps), TorchLayout.ShapeOf(value)));
                continue;
            }
            if (value.Rank == 4)
                numbers = TorchLayout.ToTorch<float>(numbers, value.Shape);
            Graph.Initializer.Add(Tensor(value.Name, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes<float>(numbers), TorchLayout.ShapeOf(value)));
        }
    }

    private static TensorProto Tensor(string name, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes, long[] extents) => new()
    {
        Name = name,
        DataType = (int)type,
        Dims = { extents },
        RawData = UnsafeByteOperations.UnsafeWrap(bytes.ToArray()),
    };

    private static ValueInfoProto Describe(string name, string description, IEnumerable<Extent> extents)
    {
        var shape = new TensorShapeProto();
        foreach (var (size, axis) in extents)
            shape.Dim.Add(axis is null ? new TensorShapeProto.Types.Dimension { DimValue = size } : new() { DimParam = axis });
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape };
        return new() { Name = name, DocString = description, Type = new TypeProto { TensorType = tensor } };
    }
}
