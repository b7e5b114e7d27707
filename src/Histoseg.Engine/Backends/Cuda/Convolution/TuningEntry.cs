using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>Where a measurement holds: GPU and versions of everything that was measured.</summary>
/// <param name="Gpu">The GPU's name.</param>
/// <param name="Driver">The driver's CUDA version.</param>
/// <param name="Cudnn">cuDNN's version, 0 without.</param>
/// <param name="CublasLt">cuBLASLt's version, 0 without.</param>
/// <param name="Kernels">Hash of the engine's own convolution kernels.</param>
internal sealed record TuningPlace(string Gpu, long Driver, long Cudnn, long CublasLt, string Kernels);

/// <summary>One line of the tuning file: which implementation was fastest for a problem, or which one is being tried.</summary>
/// <param name="Place">Where it was measured.</param>
/// <param name="Problem">The problem, as text.</param>
/// <param name="Choice">The implementation's <see cref="IImplementation{TTensors}.Name"/>.</param>
/// <param name="Microseconds">How long it took, for people who read the file; <see cref="Trying"/> and <see cref="Passed"/> instead of a choice.</param>
internal sealed record TuningEntry(TuningPlace Place, string Problem, string Choice, double Microseconds)
{
    /// <summary>In place of a time: the implementation is about to be tried. Where <see cref="Passed"/> never followed, it ended the program.</summary>
    public const double Trying = -1;

    /// <summary>In place of a time: the implementation was tried, and the program went on.</summary>
    public const double Passed = -2;

    /// <summary>Reads a line.</summary>
    /// <returns>Null if it is none.</returns>
    public static TuningEntry? Parse(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var o = json.RootElement;
            string Text(string name) => o.GetProperty(name).GetString() ?? throw new FormatException();
            return new(new(Text("gpu"), o.GetProperty("driver").GetInt64(), o.GetProperty("cudnn").GetInt64(),
                o.GetProperty("cublaslt").GetInt64(), Text("kernels")),
                Text("problem"), Text("choice"), o.GetProperty("microseconds").GetDouble());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The line, without its end.</summary>
    public override string ToString()
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("gpu", Place.Gpu);
            json.WriteNumber("driver", Place.Driver);
            json.WriteNumber("cudnn", Place.Cudnn);
            json.WriteNumber("cublaslt", Place.CublasLt);
            json.WriteString("kernels", Place.Kernels);
            json.WriteString("problem", Problem);
            json.WriteString("choice", Choice);
            json.WriteNumber("microseconds", Math.Round(Microseconds, 1));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
