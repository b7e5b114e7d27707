using Histoseg.Slides;
using Histoseg.Slides.Annotations;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>Pixels counted by true and predicted class.</summary>
/// <remarks>
/// Pixels whose truth is 255 (ignore) count nowhere. Pixels predicted 255 (unreadable) are counted as missing and leave every score:
/// they are the slide's fault, and a report must say how many there are.
/// </remarks>
internal sealed class ConfusionMatrix
{
    private readonly long[] _counts; // truth × prediction
    private readonly long[] _missing;

    /// <summary>An empty matrix.</summary>
    /// <param name="classes">Number of classes, 1 to 255.</param>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, ClassMap.Ignore);
        Classes = classes;
        _counts = new long[classes * classes];
        _missing = new long[classes];
    }

    /// <summary>The matrix of counts made before.</summary>
    /// <param name="counts">Per true class the pixels predicted as each class.</param>
    /// <param name="missing">Per true class the pixels without prediction.</param>
    internal ConfusionMatrix(IReadOnlyList<IReadOnlyList<long>> counts, IReadOnlyList<long> missing)
        : this(counts.Count)
    {
        for (var truth = 0; truth < Classes; truth++)
        {
            _missing[truth] = missing[truth];
            for (var prediction = 0; prediction < Classes; prediction++)
                _counts[truth * Classes + prediction] = counts[truth][prediction];
        }
    }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Pixels of class <paramref name="truth"/> that were predicted as <paramref name="prediction"/>.</summary>
    public long this[int truth, int prediction] => _counts[truth * Classes + prediction];

    /// <summary>Pixels in the scores.</summary>
    public long Total => _counts.Sum();

    /// <summary>Pixels that have a truth and no prediction, over all classes.</summary>
    public long Missing => _missing.Sum();

    /// <summary>The share of pixels whose class is right; 1 where there are none.</summary>
    public double PixelAccuracy
    {
        get
        {
            var right = 0L;
            for (var c = 0; c < Classes; c++)
                right += this[c, c];
            return Total == 0 ? 1 : (double)right / Total;
        }
    }

    /// <summary>Mean Dice of the classes but background; of the background where there is no other. Of no pixel at all it says nothing: see
    /// <see cref="SlideScores.MeanForegroundDice"/>.</summary>
    public double MeanForegroundDice => Classes == 1 ? Score(0).Dice : Enumerable.Range(1, Classes - 1).Average(c => Score(c).Dice);

    /// <summary>Mean Dice of those classes but background that truth or prediction show; null where they show none.</summary>
    public double? MeanPresentDice =>
        Enumerable.Range(1, Classes - 1).Select(Score).Where(score => score.Truth + score.Predicted > 0).Average(score => (double?)score.Dice);

    /// <summary>The counts of one class.</summary>
    public ClassScore Score(int label)
    {
        long truth = 0, predicted = 0;
        for (var other = 0; other < Classes; other++)
        {
            truth += this[label, other];
            predicted += this[other, label];
        }
        return new(label, truth, predicted, this[label, label], _missing[label]);
    }

    /// <summary>Adds pixels.</summary>
    /// <param name="truth">True labels; 255 is left out.</param>
    /// <param name="prediction">As many predicted labels; 255 is missing.</param>
    /// <exception cref="SlideError">A label is neither a class nor 255.</exception>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> prediction)
    {
        if (truth.Length != prediction.Length)
            throw new ArgumentException($"{truth.Length} true labels and {prediction.Length} predicted ones", nameof(prediction));
        for (var i = 0; i < truth.Length; i++)
        {
            int t = truth[i], p = prediction[i];
            if (t == ClassMap.Ignore)
                continue;
            if (t >= Classes)
                throw new SlideError($"the truth has label {t} and there are {Classes} classes; use the class map the truth was made with");
            if (p == ClassMap.Ignore)
                _missing[t]++;
            else if (p < Classes)
                _counts[t * Classes + p]++;
            else
                throw new SlideError($"the prediction has label {p} and there are {Classes} classes; use the class map the model was trained with");
        }
    }

    /// <summary>Adds another matrix: scores of the sum are pooled scores.</summary>
    public void Add(ConfusionMatrix other)
    {
        if (other.Classes != Classes)
            throw new ArgumentException($"{other.Classes} classes cannot be added to {Classes}", nameof(other));
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        for (var c = 0; c < Classes; c++)
            _missing[c] += other._missing[c];
    }
}
