using Histoseg.Training.Findings;

namespace Histoseg.Training.Tests.Findings;

/// <summary>What to do next?</summary>
public class NextTests
{
    [Fact]
    public void Longer_training_where_the_last_validations_rise()
    {
        var run = new RunFacts
        {
            Classes = Drawn.Two,
            Validations = Drawn.Validations(0.5, 0.6, 0.7),
            End = RunEnd.Iterations,
            IterationsSet = 3000,
            MinutesSet = 1.5,
        };
        Assert.Equal(new(Question.Next, "Train longer, it was still improving: raise training.iterations, now 3000."), LongerTraining.Of(run));
        Assert.Equal("Train longer, it was still improving: raise training.max_minutes, now 1.5.", LongerTraining.Of(run with { End = RunEnd.Minutes })!.Text);
        Assert.Null(LongerTraining.Of(run with { End = RunEnd.None }));
        Assert.Null(LongerTraining.Of(run with { Validations = Drawn.Validations(0.7, 0.6, 0.5) }));
    }

    [Fact]
    public void Overfitting_is_a_loss_that_falls_while_validation_does()
    {
        var losses = Drawn.Losses(50, i => i <= 2000 ? 0.3 : 0.1);
        Assert.Equal(new(Question.Next, "It learnt the training slides by heart: since iteration 2000 the loss fell from 0.300 to 0.100 "
            + "while the validation Dice fell from 0.800 to 0.720. "
            + "Train on more patients, or vary the patches more (augmentation.stain_jitter, scale_min, scale_max)."),
            LearntByHeart.Of(losses, Drawn.Validations(0.6, 0.8, 0.76, 0.74, 0.7)));
        Assert.Null(LearntByHeart.Of(losses, Drawn.Validations(0.6, 0.8, 0.79, 0.8, 0.79)));
        Assert.Null(LearntByHeart.Of(Drawn.Losses(50, _ => 0.3), Drawn.Validations(0.6, 0.8, 0.76, 0.74, 0.7)));
        Assert.Null(LearntByHeart.Of(losses, Drawn.Validations(0.6, 0.7, 0.76, 0.74, 0.8)));
    }

    [Fact]
    public void Classes_with_few_patches_or_patients()
    {
        ClassSamples[] samples = [new("tumour", 500, 8), new("stroma", 0, 0), new("nerve", 3, 2), new("fat", 70, 1)];
        Assert.Equal(new(Question.Next, "'stroma' was never sampled, no patch of the grid shows it, 'nerve' is on 3 training patches only: annotate more "
            + "of it, or list more patches by a smaller data.stride or data.min_tissue."), SeldomSampled.Of(samples));
        Assert.Equal(new(Question.Next, "'nerve' occurs on slides of 2 of 8 patients, 'fat' occurs on slides of 1 of 8 patients only: "
            + "what is learnt of it may hold for these alone; add slides of others."), OnFewPatients.Of(samples, 8));
        Assert.Null(SeldomSampled.Of(samples[..1]));
        Assert.Null(OnFewPatients.Of(samples[..1], 8));
        Assert.Null(OnFewPatients.Of([new("tumour", 500, 1)], 1));
    }

    [Fact]
    public void Slides_of_another_scale()
    {
        Assert.Equal(new(Question.Next, "1 of 3 training slides, at up to 1 µm per pixel, had to be enlarged more than twice to data.mpp 0.25, "
            + "which adds no detail: raise data.mpp, or leave such slides out."), CoarseSlides.Of(0.25, [0.25, 0.5, 1]));
        Assert.Null(CoarseSlides.Of(0.5, [0.25, 0.5, 1]));
        Assert.Null(CoarseSlides.Of(null, [0.25, 4]));

        var poor = Drawn.Matrix([60, 20], [20, 40]);
        Assert.Equal(new(Question.Next, "The slides have 0.3 µm per pixel or finer and the network sees 2: "
            + "if it is fine detail that tells the classes apart, try data.mpp 1."), FineSlides.Of(2, [0.25, 0.3], poor));
        Assert.Null(FineSlides.Of(2, [0.25, 1], poor));
        Assert.Null(FineSlides.Of(2, [0.25, 0.3], Drawn.Matrix([60, 0], [0, 40])));
        Assert.Null(FineSlides.Of(2, [0.25, 0.3], null));
        Assert.Null(FineSlides.Of(null, [0.25, 0.3], poor));
    }

    [Fact]
    public void Patches_that_cannot_be_read_and_patients_that_are_too_few()
    {
        Assert.Equal(new(Question.Next, "7 of 4000 patches could not be read and taught nothing: engine check names the slides; copy or scan them anew."),
            UnreadablePatches.Of(4000, 7));
        Assert.Null(UnreadablePatches.Of(4000, 0));
        Assert.Equal(new(Question.Next, "All training slides are of one patient, so nothing makes the network work on others: add slides of more patients."),
            OneTrainingPatient.Of(1));
        Assert.Null(OneTrainingPatient.Of(2));
        Assert.Equal("No slide was held out, so nothing tells how well it does on slides it has not seen: give some the split val.", FewHeldOut.Of(0)!.Text);
        Assert.Equal("Validation was on one patient only, and the next may look otherwise: hold out more patients.", FewHeldOut.Of(1)!.Text);
        Assert.Null(FewHeldOut.Of(2));
    }

    [Fact]
    public void A_run_of_which_nothing_is_known_is_not_spoken_of() =>
        Assert.Empty(RunAnswers.Of(new() { Classes = Drawn.Two, TrainingPatients = 3, ValidationPatients = 3 }));

    [Theory]
    [InlineData(0, "0 %")]
    [InlineData(0.0004, "< 0.1 %")]
    [InlineData(0.0123, "1.2 %")]
    [InlineData(0.0996, "10 %")]
    [InlineData(1, "100 %")]
    public void Shares_in_percent(double share, string text) => Assert.Equal(text, Percent.Of(share));
}
