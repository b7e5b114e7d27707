using Histoseg.Training.Findings;

namespace Histoseg.Training.Tests.Findings;

/// <summary>Did it learn?</summary>
public class LearntTests
{
    [Fact]
    public void Dice_is_held_against_calling_all_one_class()
    {
        // 300 of 1000 pixels are tumour; all called background: Dice 1400 / 1700 and 0.
        Assert.Equal(new(Question.Learnt, "It learnt: the mean Dice of all classes is 0.857 on the validation slides; "
            + "calling every pixel 'background' would score 0.412."), DiceAgainstOneClass.Of(Drawn.Two, Drawn.Matrix([640, 60], [60, 240])));
        Assert.Equal("It has not learnt to tell the classes apart: the mean Dice of all classes is 0.412 on the validation slides, "
            + "and calling every pixel 'background' would score 0.412.", DiceAgainstOneClass.Of(Drawn.Two, Drawn.Matrix([700, 0], [300, 0]))!.Text);
        // Tumour has 600 of 1000: 1200 / 1600, a third of it.
        Assert.Equal("It learnt: the mean Dice of all classes is 1.000 on the validation slides; calling every pixel 'tumour' would score 0.250.",
            DiceAgainstOneClass.Of(Drawn.Three, Drawn.Matrix([300, 0, 0], [0, 600, 0], [0, 0, 100]))!.Text);
        // A class that no slide shows is not counted.
        Assert.Equal("It learnt: the mean Dice of all classes is 1.000 on the validation slides; calling every pixel 'tumour' would score 0.333.",
            DiceAgainstOneClass.Of(Drawn.Three, Drawn.Matrix([500, 0, 0], [0, 500, 0], [0, 0, 0]))!.Text);
    }

    [Fact]
    public void Without_validation_or_a_second_class_nothing_is_said()
    {
        Assert.Null(DiceAgainstOneClass.Of(Drawn.Two, null));
        Assert.Null(DiceAgainstOneClass.Of(Drawn.Two, Drawn.Matrix([10, 0], [0, 0])));
    }

    [Fact]
    public void The_loss_at_start_and_end()
    {
        Assert.Equal(new(Question.Learnt, "The loss fell from 0.890 to 0.110 (means of the first and the last tenth of the run)."),
            LossCourse.Of(Drawn.Losses(20, i => i <= 200 ? 0.89 : i > 1800 ? 0.11 : 5)));
        var flat = Drawn.Losses(10, i => i == 100 ? 0.7 : 0.69);
        Assert.Equal("The loss did not fall: 0.700 in the first tenth of the run, 0.690 in the last.", LossCourse.Of(flat)!.Text);
        Assert.Equal("Look below whether truth and tissue fit in what the network saw; if they do, try another optimiser.learning_rate, "
            + "ten times lower or higher.",
            FlatLoss.Of(flat)!.Text);
        Assert.Null(FlatLoss.Of(Drawn.Losses(10, i => 1.0 / i)));
        Assert.Null(LossCourse.Of(Drawn.Losses(9, i => 1.0 / i)));
    }
}
