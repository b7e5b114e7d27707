using Histoseg.Slides;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Studies;

namespace Histoseg.Training.Tests.Studies;

/// <summary>How a study divides slides, of which only the list is looked at.</summary>
public sealed class StudyFoldsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("folds").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private StudyConfig Study(params string[] rows)
    {
        File.WriteAllText(Path.Combine(_folder, "slides.csv"), "slide,split,patient\n" + string.Join('\n', rows));
        foreach (var row in rows)
            File.WriteAllText(Path.Combine(_folder, row.Split(',')[0]), "");
        return new() { Protocol = new() { Data = new() { Manifest = Path.Combine(_folder, "slides.csv") } } };
    }

    private static string[] Patients(params int[] slides) =>
        [.. slides.SelectMany((count, patient) => Enumerable.Range(0, count).Select(i => $"s{patient}_{i}.tif,,p{patient}"))];

    [Fact]
    public void Every_slide_is_held_out_once_and_no_patient_is_divided()
    {
        var folds = StudyFolds.Of(Study(Patients(23, 13, 8, 16, 3, 20, 4, 20, 16)) with { Folds = 3 });
        Assert.Equal([1, 2, 3], folds.Select(fold => fold.Number!.Value));
        Assert.Equal(123, folds.SelectMany(fold => fold.HeldOut).Select(row => row.Slide).Distinct().Count());
        Assert.Equal(123, folds.Sum(fold => fold.HeldOut.Count));
        // 23 + 13 + 8, then 20 + 16 + 4 and 20 + 16 + 3.
        Assert.Equal([44, 40, 39], folds.Select(fold => fold.HeldOut.Count));
        Assert.All(folds, fold =>
        {
            Assert.Equal(123, fold.Manifest.Rows.Count);
            Assert.Empty(fold.HeldOut.Select(row => row.Patient).Intersect(fold.Manifest.Of(DataSplit.Train).Select(row => row.Patient)));
        });
    }

    [Fact]
    public void Folds_depend_on_the_seed_and_not_on_the_order_of_the_slides()
    {
        var rows = Patients([.. Enumerable.Repeat(2, 12)]);
        var one = Held(rows, 1);
        Assert.Equal(one, Held([.. rows.Reverse()], 1));
        Assert.NotEqual(one, Held(rows, 2));

        IEnumerable<string> Held(string[] slides, int seed) =>
            [.. StudyFolds.Of(Study(slides) with { Folds = 4, Seeds = [seed, 9] })[0].HeldOut.Select(row => row.Slide).Order()];
    }

    [Fact]
    public void The_data_own_split_is_kept_and_the_rest_goes_with_its_patient()
    {
        var fold = Assert.Single(StudyFolds.Of(Study("a.tif,train,p", "b.tif,val,q", "c.tif,test,r", "d.tif,,r", "e.tif,,s")));
        Assert.Null(fold.Number);
        Assert.Equal([DataSplit.Train, DataSplit.Val, DataSplit.Test, DataSplit.Test, DataSplit.Train], fold.Manifest.Rows.Select(row => row.Split!.Value));
    }

    [Fact]
    public void Without_split_a_share_of_the_patients_is_held_out()
    {
        var fold = Assert.Single(StudyFolds.Of(Study(Patients([.. Enumerable.Repeat(1, 20)])) with { TestShare = 0.3 }));
        Assert.Equal(6, fold.HeldOut.Count);
        Assert.Equal(14, fold.Manifest.Of(DataSplit.Train).Count());
    }

    [Fact]
    public void A_fold_reads_back_as_it_was_written()
    {
        var fold = StudyFolds.Of(Study(Patients(2, 1, 2)) with { Folds = 2 })[1];
        fold.Write(_folder);
        Assert.Equal(fold.Manifest.Rows, Manifest.Load(fold.Csv(_folder)).Rows);
    }

    [Fact]
    public void A_fold_that_is_there_is_never_overwritten()
    {
        var study = Study(Patients([.. Enumerable.Repeat(2, 12)])) with { Folds = 4 };
        var fold = StudyFolds.Of(study)[0];
        fold.Write(_folder);
        var kept = File.ReadAllText(fold.Csv(_folder));
        fold.Write(_folder);
        var error = Assert.Throws<ConfigError>(() => StudyFolds.Of(study with { Seeds = [2] })[0].Write(_folder)).Message;
        Assert.StartsWith(fold.Csv(_folder), error);
        Assert.Contains("another folder, or restore the config", error);
        Assert.Equal(kept, File.ReadAllText(fold.Csv(_folder)));
    }

    [Theory]
    [InlineData("patients are too few", 3, "a.tif,,p", "b.tif,,q")]
    [InlineData("no slide is of split 'test'", 0, "a.tif,train,p", "b.tif,val,q")]
    [InlineData("no slide is left to train on", 0, "a.tif,test,p", "b.tif,val,q")]
    public void What_cannot_be_divided_is_said(string says, int folds, params string[] rows) =>
        Assert.Contains(says, Assert.Throws<SlideError>(() => StudyFolds.Of(Study(rows) with { Folds = folds })).Message);
}
