using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Vips;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Runs;

/// <summary>Patches of a run's first update as the network saw them: made again, turned, stained and blurred by the operation that training has.</summary>
internal static class SeenPatches
{
    private const int Most = 8, LongestSide = 320;

    /// <summary>The first of the batch, whatever the iteration the run is at.</summary>
    /// <param name="config">The run's config.</param>
    /// <param name="data">Its slides.</param>
    /// <param name="backend">Where to compute.</param>
    /// <exception cref="Engine.EngineError">There is not enough memory.</exception>
    public static IReadOnlyList<SeenPatch> Of(TrainConfig config, TrainingData data, Backend backend)
    {
        var loader = TrainingPatches.Loader(config, data);
        var (size, length) = (loader.PatchSize, loader.RowLength);
        var batch = new PatchBatch(Math.Min(Most, config.Training.BatchSize), size, length);
        batch.Fill(0, TrainingPatches.Sampler(config, data), loader);
        var colours = Varied(backend, batch, batch.Rgb, batch.Rows);
        // Labels are only turned: as colours that nothing else is done to they come out as they are.
        var labels = Varied(backend, batch, [.. batch.Labels.SelectMany(label => new[] { label, label, label })], TurnsOf(batch, length));
        return [.. batch.Requests.Select((request, i) => Draw(request, i))];

        SeenPatch Draw(PatchRequest request, int i)
        {
            var (slide, pixels, side) = (data.Training.Slides[request.Slide], size * size, Math.Min(size, LongestSide));
            var (rgb, turned) = (new byte[side * side * 3], new byte[side * side]);
            SquareResize.Bilinear(colours.AsSpan(i * pixels * 3, pixels * 3), size, rgb, side);
            SquareResize.Nearest([.. Enumerable.Range(i * pixels, pixels).Select(pixel => labels[3 * pixel])], size, turned, side);
            var picture = Pictures.ToJpegBytes(rgb, side, side);
            Overlay.Draw(rgb, turned, side, side, config.Palette);
            var scale = slide.View.Downsample;
            return new(Figures.Text($"{slide.Name} at ({request.X * scale:0}, {request.Y * scale:0})"), picture, Pictures.ToJpegBytes(rgb, side, side));
        }
    }

    private static float[] TurnsOf(PatchBatch batch, int length)
    {
        var rows = new float[batch.Rows.Length];
        for (var i = 0; i < batch.Count; i++)
            AugmentationRow.Write(Augmentation.None with { Symmetry = (int)batch.Rows[i * length] }, rows.AsSpan(i * length, length));
        return rows;
    }

    /// <summary>Turned, stained and blurred colours, as bytes.</summary>
    internal static byte[] Varied(Backend backend, PatchBatch batch, byte[] rgb, float[] rows)
    {
        var (count, side) = (batch.Count, batch.PatchSize);
        var tape = new Tape();
        var colours = tape.Input("colours", new Shape(count, side, side, 3), ElementType.UInt8);
        var labels = tape.Input("labels", new Shape(count, side, side, 1), ElementType.UInt8);
        var how = tape.Input("rows", new Shape(count, 1, 1, rows.Length / count), ElementType.Wide);
        var (varied, _) = tape.AugmentPixels(colours, labels, how, StainJitter.DensityOfBytes, StainJitter.BytesOfDensity);
        // Deviation 1/255 gives the bytes as numbers, which bfloat16 holds exactly.
        var numbers = tape.Keep(tape.NormalisePixels(varied, [0, 0, 0], [1 / 255.0, 1 / 255.0, 1 / 255.0]));
        using var program = backend.Compile(tape);
        program.Write(colours, rgb);
        program.Write(labels, batch.Labels);
        program.Write(how, rows);
        program.Run();
        return [.. program.Read(numbers).Select(number => (byte)MathF.Round(number))];
    }
}
