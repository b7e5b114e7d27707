namespace Histoseg.Slides.Checks;

/// <summary>What the slides of one split show, gathered slide by slide.</summary>
internal sealed class SplitTally(int classes)
{
    private readonly long[] _shown = new long[classes];

    /// <summary>Slides looked at.</summary>
    public int Slides { get; private set; }

    /// <summary>Slides of which no pixel counts.</summary>
    public int Ignored { get; private set; }

    /// <summary>Whether some slide shows a class.</summary>
    public bool Shows(int label) => _shown[label] > 0;

    /// <summary>Adds a slide by its labels.</summary>
    public void Add(LabelCount labels)
    {
        Slides++;
        if (labels.Counted == 0)
            Ignored++;
        for (var label = 0; label < classes; label++)
            _shown[label] += labels[label];
    }
}
