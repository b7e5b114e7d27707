using Histoseg.Training.Findings;

namespace Histoseg.Training.Tests.Findings;

/// <summary>Where is it wrong?</summary>
public class WrongTests
{
    [Fact]
    public void The_largest_confusion_is_that_of_most_pixels()
    {
        Assert.Equal(new(Question.Wrong, "Most of what is wrong: 20 % of the pixels of 'stroma' were called 'tumour', 67 % of all wrong pixels."),
            LargestConfusion.Of(Drawn.Three, Drawn.Matrix([990, 10, 0], [0, 50, 0], [0, 20, 80])));
        Assert.Null(LargestConfusion.Of(Drawn.Two, Drawn.Matrix([10, 0], [0, 10])));
        Assert.Null(LargestConfusion.Of(Drawn.Two, null));
    }

    [Fact]
    public void Classes_that_are_hardly_found()
    {
        Assert.Equal(new(Question.Wrong, "Hardly found: 'tumour' (0 % of its pixels), 'stroma' (5.0 % of its pixels)."),
            HardlyFound.Of(Drawn.Three, Drawn.Matrix([10, 0, 0], [9, 0, 0], [19, 0, 1])));
        // One that no slide shows cannot be found.
        Assert.Null(HardlyFound.Of(Drawn.Three, Drawn.Matrix([10, 0, 0], [0, 9, 0], [0, 0, 0])));
        Assert.Null(HardlyFound.Of(Drawn.Two, null));
    }

    [Fact]
    public void A_slide_or_patient_far_below_the_others()
    {
        Assert.Equal(new(Question.Wrong, "The worst patient is p2 with a Dice of 0.400; the median of all 4 patients is 0.750."),
            FarBelow.Of("patient", [("p1", 0.8), ("p2", 0.4), ("p3", 0.9), ("empty", null), ("p4", 0.7)]));
        Assert.Null(FarBelow.Of("slide", [("a", 0.75), ("b", 0.8), ("c", 0.82)]));
        Assert.Null(FarBelow.Of("slide", [("a", 0.1), ("b", 0.8), ("c", null)]));
    }
}
