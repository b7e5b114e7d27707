namespace Histoseg.Training.Findings;

/// <summary>How the last validations of a run went.</summary>
/// <param name="Best">The best.</param>
/// <param name="After">Validations after it.</param>
/// <param name="Looked">How many of the last are looked at for the rise.</param>
/// <param name="Rise">By how much Dice rose over these: the straight line through them that fits best.</param>
internal sealed record ValidationCourse((int Iteration, double Dice) Best, int After, int Looked, double Rise)
{
    private const int Fewest = 3;
    private const double LeastRise = 0.005;

    /// <summary>Whether the best is one of the last two.</summary>
    public bool BestIsLate => After < 2;

    /// <summary>Whether it still improves: the best is one of the last two and Dice rises.</summary>
    public bool IsRising => BestIsLate && Rise >= LeastRise;

    /// <summary>Whether it has levelled off: the best is one of the last two and Dice hardly changes.</summary>
    public bool IsLevel => BestIsLate && Math.Abs(Rise) < LeastRise;

    /// <summary>The course; null for fewer than three validations.</summary>
    public static ValidationCourse? Of(IReadOnlyList<(int Iteration, double Dice)> validations)
    {
        if (validations.Count < Fewest)
            return null;
        var best = validations.Index().MaxBy(one => one.Item.Dice);
        var last = validations.TakeLast(Math.Max(Fewest, validations.Count / 3)).ToList();
        var (middle, mean) = (last.Average(one => one.Iteration), last.Average(one => one.Dice));
        var slope = last.Sum(one => (one.Iteration - middle) * (one.Dice - mean)) / last.Sum(one => (one.Iteration - middle) * (one.Iteration - middle));
        return new(best.Item, validations.Count - 1 - best.Index, last.Count, slope * (last[^1].Iteration - last[0].Iteration));
    }
}
