using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Tensors;
using Histoseg.Export;
using Histoseg.Segmentation.Models;
using Microsoft.ML.OnnxRuntime;

namespace Histoseg.PeerBench;

/// <summary>An exported network run by ONNX Runtime in the engine's place: all else of segmenting a slide is the same.</summary>
internal sealed class OrtSegmenter : IPatchSegmenter
{
    private readonly SessionOptions _options;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly float[][] _numbers; // of each colour, the number of each byte
    private readonly byte[] _rgb;
    private readonly float[] _input, _answers;

    public OrtSegmenter(string path, int threads, int classes, int patchSize, int batchSize, int outputStride, Normalisation normalisation)
    {
        (Classes, PatchSize, BatchSize, OutputStride) = (classes, patchSize, batchSize, outputStride);
        _options = new() { IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _session = new(path, _options);
        _numbers = [.. Enumerable.Range(0, 3).Select(colour => Enumerable.Range(0, 256)
            .Select(value => (float)((value / 255.0 - normalisation.Mean[colour]) / normalisation.Deviation[colour])).ToArray())];
        _rgb = new byte[batchSize * patchSize * patchSize * 3];
        _input = new float[batchSize * patchSize * patchSize * 3];
        _answers = new float[batchSize * patchSize * patchSize * classes];
    }

    public int Classes { get; }

    public int PatchSize { get; }

    public int BatchSize { get; }

    public int OutputStride { get; }

    public int Readers => 1;

    public bool RunsAsynchronously => false;

    public PatchInput CreateInput(BlockLayout layout) => new HostPatchInput(() => _rgb, PatchSize);

    public void Run(int count)
    {
        var pixels = PatchSize * PatchSize;
        for (var n = 0; n < count; n++)
            for (var colour = 0; colour < 3; colour++)
            {
                var numbers = _numbers[colour];
                var plane = _input.AsSpan((n * 3 + colour) * pixels, pixels);
                var from = n * pixels * 3 + colour;
                for (var i = 0; i < plane.Length; i++, from += 3)
                    plane[i] = numbers[_rgb[from]];
            }
        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _input.AsMemory(0, count * pixels * 3),
            [count, 3, PatchSize, PatchSize]);
        using var outputs = _session.Run(_run, [OnnxModel.Input], [input], [OnnxModel.Output]);
        TorchLayout.ToEngine(outputs[0].GetTensorDataAsSpan<float>(), new Shape(count, PatchSize, PatchSize, Classes), _answers);
    }

    public Blender CreateBlender(BlendLayout layout) => new HostBlender(() => _answers, BatchSize, PatchSize, Classes, layout);

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
        _run.Dispose();
    }
}
