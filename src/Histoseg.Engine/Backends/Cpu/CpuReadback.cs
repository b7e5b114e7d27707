using System.Numerics;
using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>Copies at once: on the processor a run is over when it returns.</summary>
internal sealed class CpuReadback<T>(CpuProgram<T> program, Value[] values, int capacity) : Readback<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<T[]> _posted = [];

    public override int Capacity => capacity;

    public override int Count => _posted.Count;

    public override void Post()
    {
        if (Count == Capacity)
            throw new InvalidOperationException($"{Capacity} runs are posted; drain them first");
        _posted.Add([.. values.SelectMany(program.Read)]);
    }

    public override IReadOnlyList<T[]> Drain()
    {
        T[][] runs = [.. _posted];
        _posted.Clear();
        return runs;
    }

    protected override void Dispose(bool disposing) { }
}
