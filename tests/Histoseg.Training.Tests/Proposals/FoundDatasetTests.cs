using Histoseg.Slides;
using Histoseg.Training.Proposals;

namespace Histoseg.Training.Tests.Proposals;

public sealed class FoundDatasetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Files(params string[] names) => Array.ForEach(names, name => _folder.Write(name, "x"));

    private string[] Pairs(FoundDataset found) => [.. found.Rows.Select(row => $"{Name(row.Slide)} {Name(row.Annotation ?? row.Mask)}")];

    private string Name(string? path) => path is null ? "-" : Path.GetRelativePath(_folder.Root, path).Replace('\\', '/');

    [Fact]
    public void Annotations_beside_slides_are_found()
    {
        Files("s/a.svs", "s/a.xml", "s/b.tif", "s/sub/b.geojson", "s/notes.txt", "s/c.json");
        var found = FoundDataset.Find([_folder["s"]], [], null);
        Assert.Equal(["s/a.svs s/a.xml", "s/b.tif s/sub/b.geojson"], Pairs(found));
        Assert.False(found.KnowsPatients);
    }

    [Fact]
    public void Pictures_and_masks_of_folders_side_by_side_are_told_apart()
    {
        Files("images/a.png", "images/b.png", "mask_gland/a.png", "mask_gland/b.png");
        _folder.Write("patients.csv", "name,patient,split\na,p1,train\nb,p2,val\n");
        foreach (var (inputs, masks) in new (string, string[])[] { (_folder.Root, []), (_folder["images"], [_folder["mask_gland"]]) })
        {
            var found = FoundDataset.Find([inputs], masks, null);
            Assert.Equal(["images/a.png mask_gland/a.png", "images/b.png mask_gland/b.png"], Pairs(found));
            Assert.Equal(["p1 Train", "p2 Val"], found.Rows.Select(row => $"{row.Patient} {row.Split}"));
            Assert.Contains(found.Notes, note => note.Contains("patients.csv: tells the patients"));
        }
    }

    [Fact]
    public void What_has_a_mask_in_its_name_is_one()
    {
        Files("d/a.jpg", "d/a_anno.png", "d/b.jpg", "d/b_anno.png");
        Assert.Equal(["d/a.jpg d/a_anno.png", "d/b.jpg d/b_anno.png"], Pairs(FoundDataset.Find([_folder["d"]], [], null)));
    }

    [Fact]
    public void Outlines_with_names_win_over_masks()
    {
        Files("s/a.tif", "s/a.xml", "s/a.geojson", "s/a.mask.png");
        var found = FoundDataset.Find([_folder["s"]], [], null);
        Assert.Equal(["s/a.tif s/a.xml"], Pairs(found));
        Assert.Contains(found.Notes, note => note.StartsWith("2 files left out", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_of_one_kind_are_an_error_that_names_both()
    {
        Files("images/a.png", "mask_gland/a.png", "mask_grade/a.png");
        var error = Assert.Throws<SlideError>(() => FoundDataset.Find([_folder.Root], [], null));
        Assert.Contains(Path.Join("mask_gland", "a.png"), error.Message);
        Assert.Contains(Path.Join("mask_grade", "a.png"), error.Message);
        Assert.EndsWith("with -a", error.Message);
    }

    [Fact]
    public void Slides_without_truth_are_left_out_and_named()
    {
        Files("s/a.svs", "s/a.xml", "s/b.svs");
        var found = FoundDataset.Find([_folder["s"]], [], null);
        Assert.Equal(["s/a.svs s/a.xml"], Pairs(found));
        Assert.Contains(found.Notes, note => note.StartsWith("1 slide left out, without annotation or mask (b.svs)", StringComparison.Ordinal));
    }

    [Fact]
    public void Camelyons_normal_slides_are_background_throughout()
    {
        Files("training/tumor/tumor_001.tif", "training/normal/normal_001.tif", "training/lesion_annotations/tumor_001.xml");
        var found = FoundDataset.Find([_folder["training"]], [], null);
        Assert.Equal(["training/normal/normal_001.tif -", "training/tumor/tumor_001.tif training/lesion_annotations/tumor_001.xml"], Pairs(found));
        Assert.Contains(found.Notes, note => note.StartsWith("1 slide without annotation taken for background throughout", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_of_nothing_is_named()
    {
        Files("s/a.txt");
        Assert.Contains("no slides in this folder", Assert.Throws<SlideError>(() => FoundDataset.Find([_folder["s"]], [], null)).Message);
        Assert.Contains("no such file or folder", Assert.Throws<SlideError>(() => FoundDataset.Find([_folder["t"]], [], null)).Message);
    }

    [Fact]
    public void A_manifest_is_taken_as_it_is()
    {
        Files("a.svs", "a.xml");
        var manifest = _folder.Write("m.csv", "slide,annotation,patient,split\na.svs,a.xml,p,train\n");
        Assert.Equal(["a.svs a.xml"], Pairs(FoundDataset.Find([manifest], [], null)));
        Assert.Throws<ConfigError>(() => FoundDataset.Find([manifest], [_folder["a.xml"]], null));
    }
}
