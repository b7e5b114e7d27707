using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;

namespace Histoseg.Training.Runs;

/// <summary>
/// The exponential average of a network's weights and running statistics over training (Polyak and Juditsky 1992): steadier than the weights, which the
/// last few batches pull to and fro.
/// </summary>
/// <remarks>
/// Taken every few updates on the host, by a decay that is that of as many updates. At the beginning it forgets faster, so that the first weights do not stay
/// in it.
/// </remarks>
internal sealed class WeightAverage
{
    /// <summary>Updates between two looks at the weights.</summary>
    public const int Every = 10;

    /// <summary>What the names of its tensors begin with in a checkpoint.</summary>
    public const string Prefix = "average.";

    private readonly double _decay;
    private ParameterSet<float>? _average;

    /// <summary>An average that has seen nothing yet.</summary>
    /// <param name="decay">Of one update, 0…1.</param>
    public WeightAverage(double decay) => _decay = Math.Pow(decay, Every);

    /// <summary>The average; null: nothing was seen yet.</summary>
    public ParameterSet<float>? Weights => _average;

    /// <summary>Takes in the present weights.</summary>
    /// <param name="program">The network in training.</param>
    /// <param name="iteration">Updates made.</param>
    public void Add(Program<float> program, long iteration)
    {
        if (_average is null)
        {
            _average = ParameterSet<float>.From(program);
            return;
        }
        var looks = iteration / Every;
        var share = (float)(1 - Math.Min(_decay, looks / (looks + 10.0)));
        foreach (var value in program.Tape.Values.Where(ParameterSet<float>.IsModel))
        {
            var (old, now) = (_average[value.Name], program.Read(value));
            for (var i = 0; i < old.Length; i++)
                old[i] += share * (now[i] - old[i]);
        }
    }

    /// <summary>Puts it into a checkpoint.</summary>
    public void Save(SafeTensorsWriter writer) => _average?.Renamed(name => Prefix + name).Save(writer);

    /// <summary>Takes it from a checkpoint, if that has one.</summary>
    public void Load(ParameterSet<float> checkpoint)
    {
        var names = checkpoint.Names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
        if (names.Count == 0)
            return;
        _average = new();
        foreach (var name in names)
            _average.Add(name[Prefix.Length..], checkpoint.ShapeOf(name), checkpoint[name]);
    }
}
