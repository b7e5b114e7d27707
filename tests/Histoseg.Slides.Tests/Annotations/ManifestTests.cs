using System.Text;
using FsCheck.Xunit;
using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Tests.Annotations;

public sealed class ManifestTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public ManifestTests()
    {
        foreach (var name in new[] { "s/a.tif", "s/b.tif", "s/c.tif", "a.xml", "b.png" })
            _folder.Write(name, "");
    }

    public void Dispose() => _folder.Dispose();

    private Manifest Load(string text) => Manifest.Load(_folder.Write("m.csv", text));

    private string Message(string text) => Assert.Throws<SlideError>(() => Load(text)).Message;

    [Fact]
    public void Rows_are_read_with_paths_relative_to_the_file_and_either_slash()
    {
        var rows = Load("\uFEFFSlide,annotation,mask,split,patient,mpp\r\n s\\a.tif "
            + ",a.xml,,train,p1,0.25\r\n\r\n\"s/b.tif\",,b.png,VAL,p2,\r\ns/c.tif,,,,,\r\n").Rows;
        Assert.Equal(3, rows.Count);
        Assert.Equal(new ManifestRow(_folder[Path.Combine("s", "a.tif")], _folder["a.xml"], null, DataSplit.Train, "p1", 0.25), rows[0]);
        Assert.Equal(new ManifestRow(_folder[Path.Combine("s", "b.tif")], null, _folder["b.png"], DataSplit.Val, "p2", null), rows[1]);
        Assert.Equal(new ManifestRow(_folder[Path.Combine("s", "c.tif")], null, null, null, "c", null), rows[2]);
        Assert.Single(Load("slide\ns/a.tif\n").Rows);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("slide,split\n", "no slides in it")]
    [InlineData("slid,split\ns/a.tif,train", "row 1: unknown column 'slid' (did you mean 'slide'?)")]
    [InlineData("split\ntrain", "row 1: column 'slide' is missing")]
    [InlineData("slide,slide\ns/a.tif,s/b.tif", "column 'slide' is there twice")]
    [InlineData("slide,split\ns/a.tif,train\ns/x.tif,train", "row 3: the slide ")]
    [InlineData("slide,annotation\ns/a.tif,x.xml", "x.xml does not exist")]
    [InlineData("slide,split\ns/a.tif,training", "row 2: split 'training' is none of train, val, test")]
    [InlineData("slide,mpp\ns/a.tif,\"0,25\"", "row 2: mpp '0,25' is not a number")]
    [InlineData("slide,mpp\ns/a.tif,-1", "mpp '-1'")]
    [InlineData("slide,mpp\ns/a.tif,NaN", "mpp 'NaN'")]
    [InlineData("slide\ns/a.tif\ns/a.tif", "is in row 2 already")]
    [InlineData("slide,split\n,train", "row 2: no slide is given")]
    [InlineData("slide\ns/a.tif,train", "row 2: 2 fields, but the first line names 1 column")]
    [InlineData("slide,annotation,mask\ns/a.tif,a.xml,b.png", "both an annotation and a mask")]
    [InlineData("slide\n\"s/a.tif", "row 2")]
    [InlineData("slide,split,patient\ns/a.tif,train,p\ns/b.tif,val,p", "patient 'p' is in two splits, train (a.tif) and val (b.tif)")]
    public void What_is_wrong_is_told(string text, string expected)
    {
        var message = Message(text);
        Assert.Contains(expected, message);
        Assert.Contains("m.csv", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_missing_manifest_is_told_and_missing_files_can_be_left_to_the_caller()
    {
        Assert.Contains("does not exist", Assert.Throws<SlideError>(() => Manifest.Load(_folder["none.csv"])).Message);
        Assert.Single(Manifest.Load(_folder.Write("m.csv", "slide\nnone.tif"), requireFiles: false).Rows);
    }

    [Property(MaxTest = 200)]
    public void Random_bytes_give_a_manifest_or_a_SlideError(byte[] bytes)
    {
        var path = _folder["fuzz.csv"];
        File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes("slide,split\ns/a.tif,"), .. bytes]);
        try
        {
            Manifest.Load(path);
        }
        catch (SlideError)
        {
        }
    }

    [Fact]
    public void Folders_are_paired_by_name_also_when_they_are_one()
    {
        foreach (var name in new[] { "i/a.jpg", "i/b.tif", "k/a.png", "k/b_mask.png", "one/c.tif", "one/c_anno.png", "one/notes.txt" })
            _folder.Write(name, "");
        var patients = _folder.Write("p.csv", "name,patient,grade,split\na,7,benign,dev\nb,8,malignant,val\nc,9,,\n");
        var rows = Manifest.FromFolders(_folder["i"], _folder["k"], patients).Rows;
        Assert.Equal(["a.png", "b_mask.png"], rows.Select(r => Path.GetFileName(r.Mask)));
        Assert.Equal(["7", "8"], rows.Select(r => r.Patient));
        Assert.Equal([null, DataSplit.Val], rows.Select(r => r.Split));
        Assert.Equal("c_anno.png", Path.GetFileName(Manifest.FromFolders(_folder["one"], _folder["one"]).Rows.Single().Mask));

        string Message(string images, string masks) => Assert.Throws<SlideError>(() => Manifest.FromFolders(_folder[images], _folder[masks], patients)).Message;
        _folder.Write("i/d.png", "");
        Assert.Contains("1 picture has no mask in", Message("i", "k"));
        _folder.Write("k/d.png", "");
        Assert.Contains("no row for picture 'd'", Message("i", "k"));
        _folder.Write("k/e.png", "");
        Assert.Contains("1 mask has no picture in", Message("i", "k"));
        _folder.Write("k/a_mask.png", "");
        Assert.Contains("two masks belong to it", Message("i", "k"));
        Assert.Contains("does not exist", Message("nowhere", "k"));
    }

    [Fact]
    public void Splits_are_by_patient_repeatable_and_near_the_shares()
    {
        var rows = Enumerable.Range(0, 200)
            .Select(i => new ManifestRow($"s{i}", null, null, i < 4 ? DataSplit.Test : null, $"p{(i < 8 ? 0 : i / 5)}", null)).ToList();
        var split = PatientSplit.Assign(new Manifest("m", rows), 0.2, 0.1, seed: 5);
        Assert.All(split.Rows.GroupBy(r => r.Patient), g => Assert.Single(g.Select(r => r.Split).Distinct()));
        Assert.Equal(DataSplit.Test, split.Rows[7].Split);
        Assert.InRange(split.Of(DataSplit.Val).Count(), 30, 50);
        Assert.InRange(split.Of(DataSplit.Test).Count(), 10, 30);
        rows.Reverse();
        Assert.Equal(split.Rows.Reverse().Select(r => r.Split), PatientSplit.Assign(new Manifest("m", rows), 0.2, 0.1, seed: 5).Rows.Select(r => r.Split));
        Assert.NotEqual(split.Rows.Reverse().Select(r => r.Split), PatientSplit.Assign(new Manifest("m", rows), 0.2, 0.1, seed: 6).Rows.Select(r => r.Split));
    }

    [Fact]
    public void Every_split_gets_a_patient_or_there_are_too_few()
    {
        var rows = Enumerable.Range(0, 3).Select(i => new ManifestRow($"s{i}", null, null, null, $"p{i}", null)).ToList();
        Assert.Equal(3, PatientSplit.Assign(new Manifest("m", rows), 0.05, 0.05, seed: 1).Rows.Select(r => r.Split).Distinct().Count());
        var error = Assert.Throws<SlideError>(() => PatientSplit.Assign(new Manifest("m", rows[..2]), 0.05, 0.05, seed: 1));
        Assert.Contains("2 patients are too few", error.Message);
    }

    [SkippableFact]
    public void Real_folder_has_all_its_pictures()
    {
        var images = SharedData.Require("glas/images");
        var manifest =
            PatientSplit.Assign(Manifest.FromFolders(images, SharedData.Require("glas/mask_gland"), SharedData.Require("glas/patients.csv")), 0.2, 0, seed: 1);
        Assert.Equal(123, manifest.Rows.Count);
        Assert.InRange(manifest.Of(DataSplit.Val).Count(), 12, 45);
    }
}
