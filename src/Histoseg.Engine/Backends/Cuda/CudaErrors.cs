using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>Turns failures of the GPU into errors of the engine.</summary>
internal static class CudaErrors
{
    /// <summary>Throws an <see cref="EngineError"/> unless the call succeeded.</summary>
    public static void Translate(CudaStatus status, string call)
    {
        if (status != CudaStatus.Success)
            throw Translate(new CudaException(call, status));
    }

    /// <summary>The same as an error of the engine.</summary>
    public static EngineError Translate(Exception e) => new(e.Message, e);
}
