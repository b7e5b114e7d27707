namespace Histoseg.Engine.Ranks;

/// <summary>Processes that train one network together, each on patches of its own; as MPI and PyTorch call them, ranks.</summary>
/// <remarks>
/// Every rank makes the same calls in the same order. A sum comes out to the same bits on all of them and whenever it is repeated. One call at a time; no
/// call waits longer than the group's limit.
/// </remarks>
public abstract class RankGroup : IDisposable
{
    private protected RankGroup(int rank, int count, TimeSpan limit) => (Rank, Count, Limit) = (rank, count, limit);

    /// <summary>This process's number, from 0.</summary>
    public int Rank { get; }

    /// <summary>Processes in all, at least 2.</summary>
    public int Count { get; }

    /// <summary>The longest a call waits for the others.</summary>
    public TimeSpan Limit { get; }

    /// <summary>Its number on its machine, from 0: the GPU it takes.</summary>
    public int LocalRank { get; internal set; }

    /// <summary>Processor cores that are its share of its machine.</summary>
    public int Cores { get; internal set; } = Environment.ProcessorCount;

    /// <summary>Whether this is the one that writes files and validates.</summary>
    public bool IsLeader => Rank == 0;

    /// <summary>What they speak through, in words: "2 ranks over TCP".</summary>
    public abstract string Description { get; }

    /// <summary>Adds up what the ranks have, element by element; all get the sums.</summary>
    /// <param name="numbers">As many on every rank.</param>
    /// <exception cref="RankError">A rank has gone or answers nothing.</exception>
    public abstract void Sum(Span<float> numbers);

    /// <inheritdoc cref="Sum(Span{float})"/>
    public abstract void Sum(Span<double> numbers);

    /// <summary>Gives everybody the number that each rank has, in the order of the ranks.</summary>
    /// <param name="own">This rank's.</param>
    /// <exception cref="RankError">A rank has gone or answers nothing.</exception>
    public double[] Gather(double own)
    {
        // To add zeros changes no number.
        var numbers = new double[Count];
        numbers[Rank] = own;
        Sum(numbers);
        return numbers;
    }

    /// <summary>Gives everybody what rank 0 has.</summary>
    /// <param name="numbers">As many on every rank.</param>
    /// <exception cref="RankError">A rank has gone or answers nothing.</exception>
    public abstract void Broadcast(Span<float> numbers);

    /// <summary>Told when a rank is taken for gone: what waits for it elsewhere than in a call here is to end.</summary>
    internal event Action? Broken;

    /// <summary>Whether a rank was taken for gone.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Takes a rank for gone.</summary>
    public void Break()
    {
        IsBroken = true;
        Broken?.Invoke();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Leaves the group.</summary>
    protected abstract void Dispose(bool disposing);
}
