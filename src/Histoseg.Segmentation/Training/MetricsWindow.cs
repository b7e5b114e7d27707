using System.Diagnostics;
using Histoseg.Segmentation.Reports;

namespace Histoseg.Segmentation.Training;

/// <summary>Means over the updates since the last line of <c>metrics.csv</c>.</summary>
internal sealed class MetricsWindow
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _total, _crossEntropy, _location;
    private int _updates, _patches, _positives;

    public double Loss => _total / _updates;

    public double PatchesPerSecond => _patches / _clock.Elapsed.TotalSeconds;

    public void Add(StepLoss loss, int positives, int patches)
    {
        _total += loss.Total;
        _crossEntropy += loss.CrossEntropy;
        _location += loss.Location;
        _updates++;
        _positives += positives;
        _patches += patches;
    }

    public MetricsRow Row(int iteration, double seconds, double rate) => new(iteration, seconds, Loss, _crossEntropy / _updates, _location / _updates,
        rate, (double)_positives / _patches, PatchesPerSecond);

    public void Restart()
    {
        (_total, _crossEntropy, _location, _updates, _patches, _positives) = (0, 0, 0, 0, 0, 0);
        _clock.Restart();
    }
}
