using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Histoseg.Export.Checking;
using Histoseg.Segmentation.Networks;
using Microsoft.ML.OnnxRuntime;

namespace Histoseg.Export.Tests;

/// <summary>The text beside a file: true of the file, and its program runs.</summary>
public sealed class ReadmeTests : IDisposable
{
    private const int Patch = 64;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (TrainedModel Model, string Text) Export(string network)
    {
        var model = TrainedModel.Of(Network.Create(new() { Name = network, Width = 1 }, classes: 2), Patch);
        OnnxExport.Write(_folder["m.onnx"], model.Description, model.Weights, "here", new(Overwrite: true), CancellationToken.None);
        return (model, File.ReadAllText(_folder["m.onnx.md"]));
    }

    [Fact]
    public void It_says_what_goes_in_and_what_comes_out()
    {
        var text = Export("unet").Text;
        Assert.StartsWith("# m.onnx\n", text, StringComparison.Ordinal);
        Assert.Contains("`background`, `Gewebe \"ä1\"`", text);
        Assert.Contains("any multiples of 16", text);
        Assert.Contains("0.5 µm per pixel", text);
        Assert.Contains("G (value / 255 − 0.5) / 0.25", text);
        Assert.Contains("| output | `probabilities` | (batch, 2, height, width) |", text);
        Assert.Contains("64 each, no other", Export("resnet18-gpp").Text);
    }

    [SkippableFact]
    public void Its_program_segments_a_picture()
    {
        Skip.IfNot(Python.HasOpenCv, "no Python with OpenCV, which stands in for onnxruntime");
        var (model, text) = Export("unet");
        var begin = text.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        File.WriteAllText(_folder["segment.py"], text[begin..text.IndexOf("\n```", begin, StringComparison.Ordinal)]);

        // A picture of one patch gives what the network gives.
        var colours = RandomImages.Draw(new(1, Patch, Patch, 3), seed: 8);
        using var exported = new ExportedModel(_folder["m.onnx"]);
        var labels = exported.Run(new(1, Patch, Patch, 3), colours).Chunk(2).Select(pixel => (byte)(pixel[1] > pixel[0] ? 1 : 0)).ToArray();
        Assert.Equal(labels, Segment(colours, Patch, Patch, out var said));
        Assert.Equal(2, said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("background: ", said);

        // Others are larger or smaller than a patch, and no multiple of anything.
        foreach (var (height, width) in new[] { (150, 101), (30, 200), (1, 1) })
            Assert.Equal(height * width, Segment(RandomImages.Draw(new(1, height, width, 3), seed: 9), height, width, out _).Length);
    }

    private byte[] Segment(byte[] colours, int height, int width, out string said)
    {
        using var session = new InferenceSession(_folder["m.onnx"]);
        File.WriteAllBytes(_folder["picture.npy"], [.. NpyHeader($"({height}, {width}, 3)"), .. colours]);
        said = Python.Run(new Dictionary<string, string>
        {
            ["PYTHONPATH"] = Python.File("onnxruntime_by_opencv"),
            ["MODEL_METADATA"] = JsonSerializer.Serialize(session.ModelMetadata.CustomMetadataMap),
            ["PYTHONUTF8"] = "1",
        }, _folder["segment.py"], _folder["m.onnx"], _folder["picture.npy"], _folder["labels.npy"]);
        var result = File.ReadAllBytes(_folder["labels.npy"]);
        var start = 10 + BinaryPrimitives.ReadUInt16LittleEndian(result.AsSpan(8));
        Assert.Contains($"({height}, {width})", Encoding.ASCII.GetString(result, 0, start));
        return result[start..];
    }

    private static byte[] NpyHeader(string shape)
    {
        var text = $"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}";
        text = text.PadRight((text.Length + 1 + 10 + 63) / 64 * 64 - 11) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. Encoding.ASCII.GetBytes(text)];
    }
}
