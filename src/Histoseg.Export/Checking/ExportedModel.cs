using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Tensors;
using Histoseg.Export.Graph;
using Histoseg.Segmentation.Models;
using Microsoft.ML.OnnxRuntime;

namespace Histoseg.Export.Checking;

/// <summary>An exported file opened with ONNX Runtime, used as any other program would use it: by what its metadata tells.</summary>
internal sealed class ExportedModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly Normalisation _normalisation;

    /// <summary>Opens a file.</summary>
    /// <exception cref="EngineError">ONNX Runtime cannot be loaded on this machine or refuses the file.</exception>
    public ExportedModel(string path)
    {
        try
        {
            RuntimeLibrary.KeepPrivate();
            OrtEnv.Instance().DisableTelemetryEvents();
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            // Threads that wait by spinning slow down whatever else runs, our own backend included.
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            _session = new InferenceSession(path, options);
            _normalisation = Metadata.ReadNormalisation(_session.ModelMetadata.CustomMetadataMap);
        }
        catch (OnnxRuntimeException error)
        {
            throw Refused(error);
        }
        catch (Exception error) when (error is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException)
        {
            throw new EngineError("ONNX Runtime, which verifies exported files, cannot be loaded on this machine "
                + $"({error.GetBaseException().Message}); export on a machine that it runs on: "
                + "64-bit Linux with glibc, Windows, macOS", error);
        }
    }

    /// <summary>Version of ONNX Runtime.</summary>
    public static string RuntimeVersion => OrtEnv.Instance().GetVersionString();

    /// <summary>Segments images.</summary>
    /// <param name="batch">(N, H, W, 3).</param>
    /// <param name="colours">Their bytes.</param>
    /// <returns>Probabilities, (N, H, W, classes).</returns>
    /// <exception cref="EngineError">ONNX Runtime cannot run the file.</exception>
    public float[] Run(Shape batch, ReadOnlySpan<byte> colours)
    {
        // Channels last → first is what PyTorch's layout of a map is.
        var image = TorchLayout.ToTorch<float>(Normalise(colours), batch);
        try
        {
            using var input = OrtValue.CreateTensorValueFromMemory(image, [batch.N, batch.C, batch.H, batch.W]);
            using var run = new RunOptions();
            using var outputs = _session.Run(run, [OnnxModel.Input], [input], [OnnxModel.Output]);
            var extents = outputs[0].GetTensorTypeAndShape().Shape;
            var shape = new Shape((int)extents[0], (int)extents[2], (int)extents[3], (int)extents[1]);
            var probabilities = new float[shape.Count];
            TorchLayout.ToEngine(outputs[0].GetTensorDataAsSpan<float>(), shape, probabilities);
            return probabilities;
        }
        catch (OnnxRuntimeException error)
        {
            throw Refused(error);
        }
    }

    private float[] Normalise(ReadOnlySpan<byte> colours)
    {
        var normalised = new float[colours.Length];
        for (var i = 0; i < normalised.Length; i++)
            normalised[i] = (float)((colours[i] / 255.0 - _normalisation.Mean[i % 3]) / _normalisation.Deviation[i % 3]);
        return normalised;
    }

    private static EngineError Refused(OnnxRuntimeException error) =>
        new($"ONNX Runtime cannot run the exported network ({error.Message.ReplaceLineEndings(" ").Trim()}); "
            + "no file was written, please report this with the model's model.json", error);

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
