namespace Histoseg.Engine.Checkpoints.Torch;

/// <summary>A mapping of a pickle, ordered or not: its pairs as they came. Keys are never compared, so that none can be made to collide.</summary>
internal sealed class PickleDict
{
    private readonly List<KeyValuePair<object?, object?>> _pairs = [];

    /// <summary>The pairs.</summary>
    public IReadOnlyList<KeyValuePair<object?, object?>> Pairs => _pairs;

    /// <summary>Adds a pair.</summary>
    public void Add(object? key, object? value) => _pairs.Add(new(key, value));
}
