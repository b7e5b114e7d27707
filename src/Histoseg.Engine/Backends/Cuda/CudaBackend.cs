using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>Runs tapes on one NVIDIA GPU.</summary>
internal sealed class CudaBackend : Backend
{
    private readonly CudaDevice _device;

    /// <summary>A backend on an opened GPU, which it then owns.</summary>
    /// <param name="device">The GPU.</param>
    /// <param name="precision">Number type of activations.</param>
    public CudaBackend(CudaDevice device, Precision precision = Precision.Bf16) => (_device, Precision) = (device, precision);

    /// <inheritdoc/>
    public override Precision Precision { get; }

    /// <summary>The GPU.</summary>
    public CudaDevice Device => _device;

    /// <inheritdoc/>
    public override string Description => $"{_device.Name}, {Precision switch { Precision.Bf16 => "bf16", Precision.Tf32 => "tf32", _ => "fp32" }}";

    /// <inheritdoc/>
    public override bool RunsAsynchronously => true;

    /// <inheritdoc/>
    public override int PreferredBatch => 16;

    /// <inheritdoc/>
    public override int Readers => Math.Clamp(Environment.ProcessorCount / 2, 1, 8);

    /// <inheritdoc/>
    public override bool RunsQuantised => false;

    /// <inheritdoc/>
    public override long UsableMemory() => _device.UsableMemory();

    /// <inheritdoc/>
    public override long BytesNeeded(Tape tape) => PlannedMemory.OnGpu(tape, Precision);

    /// <inheritdoc/>
    public override Program<float> Compile(Tape tape) => new CudaProgram(_device, tape, Precision);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _device.Dispose();
}
