using System.Globalization;
using System.Runtime.InteropServices;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Tensors;
using Histoseg.Export.Checking;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Export.Tests;

/// <summary>Every network as OpenCV's DNN runs it, where Python has OpenCV (Debian: python3-opencv).</summary>
public sealed class OpenCvTests : IDisposable
{
    private const int Patch = 96;

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Names => [.. Network.Names];

    public void Dispose() => _folder.Dispose();

    [SkippableTheory, MemberData(nameof(Names))]
    public void OpenCV_agrees_on_every_network(string name)
    {
        Skip.IfNot(Python.HasOpenCv, "no Python with OpenCV");
        var network = Network.Create(new() { Name = name, Width = 2, K = 3, GicnChannels = 3 }, classes: 3);
        var model = TrainedModel.Of(network, Patch);
        var path = _folder["model.onnx"];
        var result = OnnxExport.Write(path, model.Description, model.Weights, "here", new(), CancellationToken.None);
        // OpenCV puts maxima back in one image at a time only.
        var most = name == "segnet" ? 1 : 2;
        Shape[] batches = result.TakesAnySize ? [new(1, Patch, Patch, 3), new(most, Patch, 2 * Patch, 3)] : [new(1, Patch, Patch, 3), new(2, Patch, Patch, 3)];
        foreach (var batch in batches)
        {
            var colours = RandomImages.Draw(batch, seed: 5);
            using var exported = new ExportedModel(path);
            var (mean, deviation) = (model.Description.Normalisation.Mean, model.Description.Normalisation.Deviation);
            Write("image.bin", [.. colours.Select((value, i) => (float)((value / 255.0 - mean[i % 3]) / deviation[i % 3]))], batch);
            Write("answer.bin", exported.Run(batch, colours), batch with { C = 3 });
            var output = Python.Run(Python.File("opencv_agrees.py"), path, _folder["image.bin"], Text(batch.N), "3", Text(batch.H), Text(batch.W),
                _folder["answer.bin"], "3");
            Assert.InRange(double.Parse(output, CultureInfo.InvariantCulture), 0, Verification.Tolerance);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Write(string name, float[] pixels, Shape shape) =>
        File.WriteAllBytes(_folder[name], MemoryMarshal.AsBytes<float>(TorchLayout.ToTorch<float>(pixels, shape)).ToArray());
}
