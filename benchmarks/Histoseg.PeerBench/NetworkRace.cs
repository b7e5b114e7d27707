using System.Diagnostics;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Devices;
using Histoseg.Engine.Profiling;
using Histoseg.Engine.Tensors;
using Histoseg.Export;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Segmentation.Quantising;
using Microsoft.ML.OnnxRuntime;

namespace Histoseg.PeerBench;

/// <summary>What is timed.</summary>
internal sealed record RaceSettings(int Width, int PatchSize, int Batch, int Rounds, int Threads, bool Int8);

/// <summary>The engine's CPU backend beside ONNX Runtime on the same networks with the same random weights.</summary>
internal static class NetworkRace
{
    /// <summary>Largest difference of two probabilities; a timed run whose answers differ by more counts for nothing.</summary>
    private const double Tolerance = 1e-3;

    /// <summary>The same, of a network in 8 bits, on average: random weights spread their noise over all probabilities.</summary>
    private const double Int8Tolerance = 0.05;

    /// <summary>Each turn is as many runs one after another as take this long, as they follow one another on a slide.</summary>
    private static readonly TimeSpan _turn = TimeSpan.FromMilliseconds(100);

    // ONNX Runtime's threads spin for a while after a run, on the cores that the next one needs.
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private static readonly Normalisation _normalisation = Normalisation.ImageNet;

    /// <summary>Races the networks and writes a row each.</summary>
    /// <returns>0, or 1 if answers differed.</returns>
    public static int Run(RaceSettings settings, string[] names, TextWriter output)
    {
        using var backend = DeviceOpener.OpenProcessor(settings.Threads);
        var peaks = backend.MeasurePeaks();
        output.WriteLine(Figures.Text($"{backend.Description}; {peaks.FlopsPerSecond / 1e9:0} GFLOP/s of multiply-adds, ")
            + Figures.Text($"{peaks.BytesPerSecond / 1e9:0.0} GB/s copied"));
        output.WriteLine(Figures.Text($"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, {settings.Threads} threads; width {settings.Width}, ")
            + Figures.Text($"{settings.Batch} × {settings.PatchSize}² pixels, medians of {settings.Rounds} runs in turns"));
        output.WriteLine("network                  GFLOP/patch   engine ms/patch   ONNX Runtime ms/patch   ratio   floor ms   "
            + $"{(settings.Int8 ? "mean" : "largest")} difference");
        var failed = 0;
        foreach (var name in names.Length > 0 ? names : [.. Network.Names])
            failed |= Race(name, settings, backend, peaks, output);
        return failed;
    }

    private static int Race(string name, RaceSettings settings, ProcessorBackend backend, MachinePeaks peaks, TextWriter output)
    {
        using var raced = new RacedNetwork(name, settings.Width, settings.PatchSize, backend);
        var batch = new Shape(settings.Batch, settings.PatchSize, settings.PatchSize, 3);
        var recording = PatchSegmenter.Record(raced.Description.CreateNetwork(), batch, _normalisation).Rewritten();
        var bytes = new byte[batch.Count];
        new Random(1).NextBytes(bytes);
        var weights = raced.Weights;
        if (settings.Int8)
        {
            using var calibration = new Calibration(backend, raced.Description.CreateNetwork(), weights, name, settings.PatchSize, _normalisation);
            calibration.Add(bytes.AsSpan(0, bytes.Length / batch.N));
            var quantisation = calibration.Result("noise");
            weights = QuantisedWeights.Rounded(calibration.Folded, quantisation.ToLayers());
            recording = recording.Quantised(quantisation);
        }
        using var program = backend.Compile<float>(recording.Tape);
        recording.Prepared(weights, name, folded: settings.Int8).CopyTo(program, name, ParameterSet<float>.IsModel);
        program.Write(recording.Image, bytes);

        using var options = new SessionOptions { IntraOpNumThreads = settings.Threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(raced.Onnx, options);
        using var input = OrtValue.CreateTensorValueFromMemory(TorchLayout.ToTorch<float>(Normalised(bytes), batch), [batch.N, batch.C, batch.H, batch.W]);
        var (ours, theirs) = (new double[settings.Rounds], new double[settings.Rounds]);
        double difference;
        using var run = new RunOptions();
        program.Run();
        using (var outputs = session.Run(run, [OnnxModel.Input], [input], [OnnxModel.Output]))
            difference = Difference(program.Read(recording.Probabilities), outputs[0], recording.Probabilities.Shape, settings.Int8);
        for (var round = 0; round < settings.Rounds; round++)
        {
            ours[round] = Turn(program.Run) / batch.N;
            theirs[round] = Turn(() => session.Run(run, [OnnxModel.Input], [input], [OnnxModel.Output]).Dispose()) / batch.N;
        }
        var (ourTime, theirTime) = (ProgramTimes.Median(ours), ProgramTimes.Median(theirs));
        var work = recording.Tape.Nodes.Select(node => node.Op.Cost(node)).ToList();
        var tolerance = settings.Int8 ? Int8Tolerance : Tolerance;
        var floor = work.Sum(peaks.Floor) * 1e3 / batch.N;
        output.WriteLine(Figures.Text($"{name,-24} {work.Sum(one => one.Flops) / 1e9 / batch.N,11:0.0} {ourTime,17:0.0} {theirTime,23:0.0} ")
            + Figures.Text($"{theirTime / ourTime,7:0.00} {floor,10:0.0} {difference,20:0.0e+0}{(difference <= tolerance ? "" : "  DIFFERS")}"));
        return difference <= tolerance ? 0 : 1;
    }

    /// <summary>Milliseconds per run of one side's turn.</summary>
    private static double Turn(Action run)
    {
        Thread.Sleep(_pause);
        var started = Stopwatch.GetTimestamp();
        var runs = 0;
        do
        {
            run();
            runs++;
        }
        while (Stopwatch.GetElapsedTime(started) < _turn);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds / runs;
    }

    private static float[] Normalised(byte[] bytes) =>
        [.. bytes.Select((colour, i) => (float)((colour / 255.0 - _normalisation.Mean[i % 3]) / _normalisation.Deviation[i % 3]))];

    private static double Difference(float[] ours, OrtValue theirs, Shape shape, bool onAverage)
    {
        var answers = new float[shape.Count];
        TorchLayout.ToEngine(theirs.GetTensorDataAsSpan<float>(), shape, answers);
        var differences = ours.Zip(answers, (one, other) => (double)Math.Abs(one - other));
        return onAverage ? differences.Average() : differences.Max();
    }
}
