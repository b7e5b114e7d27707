using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Tests.Findings;

/// <summary>Data of runs that never were.</summary>
internal static class Drawn
{
    public static readonly string[] Two = ["background", "tumour"], Three = ["background", "tumour", "stroma"];

    /// <summary>A matrix of a row per true class.</summary>
    public static ConfusionMatrix Matrix(params long[][] rows) => new(rows, new long[rows.Length]);

    /// <summary>Losses every 100 iterations.</summary>
    public static List<(int, double)> Losses(int count, Func<int, double> loss) => [.. Enumerable.Range(1, count).Select(i => (100 * i, loss(100 * i)))];

    /// <summary>Validations every 1000 iterations.</summary>
    public static (int, double)[] Validations(params double[] dice) => [.. dice.Select((one, i) => (1000 * (i + 1), one))];
}
