using System.Reflection;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>What is done counts as done only for the settings it was made with.</summary>
public sealed class DoneKeyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Settings =>
        [.. typeof(LabelSettings).GetProperties().Where(property => property.CanWrite).Select(property => property.Name)];

    [Theory, MemberData(nameof(Settings))]
    public void Every_setting_that_decides_labels_is_part_of_the_key(string setting)
    {
        var slide = _folder.Write("a.tif", "slide");
        var before = Key(slide, new());
        var changed = new SegmentationSettings();
        var property = typeof(SegmentationSettings).GetProperty(setting, BindingFlags.Public | BindingFlags.Instance)!;
        property.SetValue(changed, Other(property.GetValue(changed), property.PropertyType));
        Assert.Equal(before, Key(slide, new()));
        Assert.NotEqual(before, Key(slide, changed));
    }

    [Fact]
    public void What_is_written_does_not_change_the_labels()
    {
        var slide = _folder.Write("a.tif", "slide");
        Assert.Equal(Key(slide, new()), Key(slide, new() { Outputs = [OutputKinds.Csv], Overwrite = true }));
    }

    [Fact]
    public void Another_slide_model_scale_or_patch_is_another_key()
    {
        var slide = _folder.Write("a.tif", "slide");
        var key = Key(slide, new());
        Assert.NotEqual(key, DoneKey.Of(slide, Model with { Hash = "other" }, 64, new SegmentationSettings()));
        Assert.NotEqual(key, DoneKey.Of(slide, Model with { MicronsPerPixel = 2 }, 64, new SegmentationSettings()));
        Assert.NotEqual(key, DoneKey.Of(slide, Model, 128, new SegmentationSettings()));
        _folder.Write("a.tif", "changed since");
        Assert.NotEqual(key, Key(slide, new()));
    }

    [Fact]
    public void A_note_reads_back_as_it_was_written()
    {
        var slide = _folder.Write("a.tif", "slide");
        var record = new DoneRecord(Key(slide, new() { Tta = true, MppOverride = 0.5 }), ["segmentations/a.tif"], "two patches unreadable");
        record.Save(_folder.Root, "a");
        var read = DoneRecord.Load(_folder.Root, "a")!;
        Assert.Equal(record.Key, read.Key);
        Assert.Equal(record.Outputs, read.Outputs);
        Assert.Equal(record.Error, read.Error);
    }

    private static InferenceModel Model => new("unet", "folder", "hash", ["background", "tumour"], 1, "cpu");

    private static DoneKey Key(string slide, SegmentationSettings settings) => DoneKey.Of(slide, Model, 64, settings);

    private static object Other(object? value, Type type) => value switch
    {
        bool set => !set,
        double number => number + 0.25,
        byte number => (byte)(number - 1),
        Enum member => Enum.GetValues(type).Cast<object>().First(other => !other.Equals(member)),
        null when type == typeof(double?) => 0.25,
        _ => throw new NotSupportedException($"{type}: tell the test of another value"),
    };
}
