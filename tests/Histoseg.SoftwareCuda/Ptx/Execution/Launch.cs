using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>One launch of a kernel.</summary>
internal sealed unsafe class Launch(Program program, Dim3 grid, Dim3 block, uint dynamicSharedBytes, IDeviceMemory memory, RunOptions options)
{
    private long next = -1;
    private DeviceFault? fault;

    public Program Program => program;

    public Dim3 Grid => grid;

    public Dim3 Block => block;

    public uint DynamicSharedBytes => dynamicSharedBytes;

    public IDeviceMemory Memory => memory;

    public RunOptions Options => options;

    public byte* Parameters { get; private set; }

    public void Run(ReadOnlySpan<byte> parameters)
    {
        fixed (byte* start = parameters)
        {
            Parameters = start;
            var wanted = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
            var threads = (int)Math.Min(wanted, grid.Count);
            if (threads == 1)
                Work();
            else
                Parallel.For(0, threads, new() { MaxDegreeOfParallelism = threads }, _ => Work());
        }
        if (fault is not null)
            throw fault;
    }

    public void ThrowIfStopped()
    {
        if (Volatile.Read(ref fault) is not null)
            throw new OperationCanceledException();
    }

    private void Work()
    {
        using var runner = new Block(this);
        try
        {
            for (long turn; (turn = Interlocked.Increment(ref next)) < grid.Count;)
                runner.Run(Number(turn));
        }
        catch (DeviceFault found)
        {
            Interlocked.CompareExchange(ref fault, found, null);
        }
        catch (OperationCanceledException)
        {
            // another thread found a fault, which is the one to report
        }
    }

    /// <summary>The block that runs in a turn: a permutation of the grid that the seed gives.</summary>
    private long Number(long turn)
    {
        var count = grid.Count;
        var random = new Random(options.Seed);
        var start = random.NextInt64(count);
        var step = random.NextInt64(count) | 1;
        while (Gcd(step, count) != 1)
            step += 2;
        return (long)((UInt128)(ulong)turn * (ulong)step % (ulong)count + (ulong)start) % count;
    }

    private static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);
}
