using Histoseg.Training.Config;
using Histoseg.Training.Data;

namespace Histoseg.Training.Runs;

/// <summary>How much of the patches a run was trained on is of each class.</summary>
internal static class SampledClasses
{
    private const int MostPatches = 256, Points = 32;

    /// <summary>Labels counted on a grid over some of the patches, evenly from the first to the last; by class, the background first.</summary>
    /// <remarks>The draws are made again, so that training has nothing to count; zoom, which changes no share to speak of, is left out.</remarks>
    /// <param name="config">The run's config.</param>
    /// <param name="data">Its slides.</param>
    /// <param name="iterations">Updates made.</param>
    public static IReadOnlyList<double> Of(TrainConfig config, TrainingData data, long iterations)
    {
        var (sampler, size, batch) = (TrainingPatches.Sampler(config, data), config.Data.PatchSize, config.Training.BatchSize);
        var step = size / (double)Points;
        var (labels, counts) = (new byte[Points * Points], new double[256]);
        var looked = Math.Min(MostPatches, iterations * batch);
        for (var i = 0L; i < looked; i++)
        {
            var (iteration, index) = Math.DivRem(i * (iterations * batch) / looked, batch);
            var request = sampler.Draw(iteration, (int)index);
            var slide = data.Training.Slides[request.Slide];
            slide.Labels.Paint((int)(request.X / step), (int)(request.Y / step), Points, Points, slide.View.Downsample * step, labels);
            foreach (var label in labels)
                counts[label]++;
        }
        return counts[..config.Data.Classes.Count];
    }
}
