namespace Histoseg.SoftwareCuda;

/// <summary>Calls that are to fail although nothing is wrong with them.</summary>
internal sealed class FaultInjection<TStatus> where TStatus : struct
{
    private readonly Dictionary<string, Queue<(TStatus Status, int After)>> _planned = [];
    private readonly Lock _gate = new();

    public void Plan(string call, TStatus status, int after)
    {
        lock (_gate)
        {
            if (!_planned.TryGetValue(call, out var queue))
                _planned[call] = queue = new();
            queue.Enqueue((status, after));
        }
    }

    /// <summary>Whether this call of <paramref name="call"/> is the one to fail.</summary>
    public bool Strikes(string call, out TStatus status)
    {
        lock (_gate)
        {
            status = default;
            if (!_planned.TryGetValue(call, out var queue) || queue.Count == 0)
                return false;
            var (planned, after) = queue.Peek();
            if (after > 0)
            {
                queue.Dequeue();
                _planned[call] = new(queue.Prepend((planned, after - 1)));
                return false;
            }
            queue.Dequeue();
            status = planned;
            return true;
        }
    }
}
