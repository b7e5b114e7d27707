using System.Diagnostics;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Runs;

/// <summary>Means over the updates since the last line of <c>metrics.csv</c>.</summary>
/// <param name="before">Where an earlier start of the run left off, or null.</param>
internal sealed class MetricsWindow(MetricsSums? before)
{
    private static readonly MetricsSums Empty = new(0, 0, 0, 0, 0, 0, 0);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private MetricsSums _sums = before ?? Empty;

    public MetricsSums Sums => _sums with { Seconds = _sums.Seconds + _clock.Elapsed.TotalSeconds };

    public double Loss => _sums.Loss / _sums.Updates;

    public double PatchesPerSecond => _sums.Patches / Sums.Seconds;

    public void Add(StepLoss loss, int positives, int patches) => _sums = new(
        _sums.Loss + loss.Total, _sums.CrossEntropy + loss.CrossEntropy, _sums.Location + loss.Location,
        _sums.Updates + 1, _sums.Patches + patches, _sums.Positives + positives, _sums.Seconds);

    public MetricsRow Row(int iteration, double seconds, double rate) => new(iteration, seconds, Loss, _sums.CrossEntropy / _sums.Updates,
        _sums.Location / _sums.Updates, rate, (double)_sums.Positives / _sums.Patches, PatchesPerSecond);

    public void Restart()
    {
        _sums = Empty;
        _clock.Restart();
    }
}
