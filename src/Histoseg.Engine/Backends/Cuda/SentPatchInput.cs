using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>Cuts patches in the processor's memory and sends them, for a GPU that has no room for the blocks they are cut from.</summary>
internal sealed class SentPatchInput : PatchInput
{
    private readonly CudaProgram _program;
    private readonly Value _input;
    private readonly byte[] _rgb;
    private readonly HostPatchInput _host;

    public SentPatchInput(CudaProgram program, Value input)
    {
        (_program, _input, _rgb) = (program, input, new byte[checked((int)input.Shape.Count)]);
        _host = new(() => _rgb, input.Shape.H);
    }

    /// <inheritdoc/>
    public override void Put(IReadOnlyList<PatchCut> patches, int turn)
    {
        _host.Put(patches, turn);
        _program.Write(_input, _rgb);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }
}
