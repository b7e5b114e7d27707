using System.Globalization;

namespace Histoseg.Cli.Terminal;

/// <summary>Progress as plain lines, at most one every ten seconds, so that a log stays readable.</summary>
internal sealed class ProgressLines(TextWriter output, string title, TimeProvider clock) : IProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly long _started = clock.GetTimestamp();
    private readonly TimeLeft _left = new(clock);
    private readonly Lock _lock = new();
    private TimeSpan _shown;
    private (double Share, string Status)? _hidden;

    /// <inheritdoc/>
    public void Show(double share, string status)
    {
        lock (_lock)
        {
            var left = _left.At(share);
            var elapsed = clock.GetElapsedTime(_started);
            if (elapsed - _shown < Interval)
            {
                _hidden = (share, status);
                return;
            }
            (_shown, _hidden) = (elapsed, null);
            Write(share, status, left);
        }
    }

    /// <inheritdoc/>
    public void Skip(double share, string status)
    {
        lock (_lock)
        {
            _left.Begin(share);
            Show(share, status);
        }
    }

    /// <inheritdoc/>
    public void Note(string line)
    {
        lock (_lock)
            output.WriteLine(Visible.Line(line));
    }

    /// <summary>Writes the last state, if it was held back.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_hidden is { } last)
                Write(last.Share, last.Status, null);
            _hidden = null;
        }
    }

    private void Write(double share, string status, TimeSpan? left) => output.WriteLine(Visible.Line(string.Create(CultureInfo.InvariantCulture,
        $"{title}: {Math.Floor(share * 100)} %{(status.Length > 0 ? $", {status}" : "")}{(left is { } rest ? $", {Figures.Duration(rest)} left" : "")}")));
}
