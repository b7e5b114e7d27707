namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// Where a convolution's weights lie as its register kernel reads them. Weights that no run changes are packed once and kept; those of a training step are
/// packed anew in each run, in scratch.
/// </summary>
internal sealed unsafe class PackedWeights
{
    private readonly CpuMemory _memory;
    private readonly nint _kept;
    private int _version = -1;

    /// <param name="memory">The program's memory.</param>
    /// <param name="isConstant">Whether no run changes the weights.</param>
    /// <param name="floats">Floats they take packed.</param>
    public PackedWeights(CpuMemory memory, bool isConstant, long floats)
    {
        _memory = memory;
        if (isConstant)
            _kept = memory.Keep(floats * sizeof(float));
        ScratchFloats = isConstant ? 0 : floats;
    }

    /// <summary>Floats they take of the scratch, at its beginning.</summary>
    public long ScratchFloats { get; }

    /// <summary>The first of them.</summary>
    public float* Data => (float*)(_kept != 0 ? _kept : _memory.Scratch);

    /// <summary>Packs them if they are not.</summary>
    public void Pack(WorkerPool pool, int tasks, Action<int> pack)
    {
        if (_kept != 0 && _version == _memory.ParameterVersion)
            return;
        pool.For(tasks, pack);
        _version = _memory.ParameterVersion;
    }
}
