namespace Histoseg.Cli.Terminal;

/// <summary>How long a job still takes, from what this start of the program did: what was done before it took no time here.</summary>
internal sealed class TimeLeft(TimeProvider clock)
{
    private (double Share, long Time)? _from;

    /// <summary>From here on counts; what lies before was done already.</summary>
    /// <param name="share">What is done of the whole, 0…1.</param>
    public void Begin(double share) => _from = (share, clock.GetTimestamp());

    /// <summary>The time left; null while nothing tells how fast it goes.</summary>
    /// <param name="share">What is done of the whole, 0…1. The first one told is where the job began.</param>
    public TimeSpan? At(double share)
    {
        if (_from is not { } from)
        {
            Begin(share);
            return null;
        }
        return share > from.Share && double.IsFinite(share)
            ? clock.GetElapsedTime(from.Time) * (Math.Max(0, 1 - share) / (share - from.Share)) : null;
    }
}
