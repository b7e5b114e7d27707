using System.Text;
using Histoseg.Slides.Synthesis;
using Histoseg.Slides.Vips;

namespace Histoseg.Cli.Tests.Studies;

/// <summary>A data set in miniature, in the layout a shipped study expects, with that study beside it.</summary>
internal sealed class StudyFolder : IDisposable
{
    private const int Side = 64;
    private readonly TempFolder _folder = new();

    /// <summary>Sets that make the network and its training as small as they can be; the rest is what ships.</summary>
    private static readonly string[] Small =
    [
        "protocol.network.width=1", "protocol.network.gicn_channels=2", "widths={}", "protocol.data.patch_size=32", "protocol.data.stride=32",
        "protocol.training.iterations=2", "protocol.training.batch_size=2", "protocol.training.device=cpu", "protocol.training.threads=1",
    ];

    private readonly string _config;

    private StudyFolder(string config)
    {
        _config = config;
        File.Copy(Path.Combine(Repository.Root, "configs", config), _folder[config]);
    }

    /// <summary>A path in it.</summary>
    public string this[string name] => _folder[name];

    /// <summary>Camelyon16: twelve slides with annotations, as <c>camelyon16.csv</c> lists them.</summary>
    public static StudyFolder Camelyon16()
    {
        var folder = new StudyFolder("camelyon16.yaml");
        File.Copy(Path.Combine(Repository.Root, "configs", "camelyon16.csv"), folder["camelyon16.csv"]);
        Directory.CreateDirectory(folder["training/lesion_annotations"]);
        for (var i = 1; i <= 12; i++)
        {
            var name = $"tumor_{i:000}";
            SlideSynthesiser.Write(folder["training/tumor"], name, (ulong)i, 256, 256);
            var xml = File.ReadAllText(folder[$"training/tumor/{name}.xml"]);
            File.Delete(folder[$"training/tumor/{name}.xml"]);
            File.WriteAllText(folder[$"training/lesion_annotations/{name}.xml"],
                xml.Replace("\"tumor\"", $"\"_{i % 2}\"", StringComparison.Ordinal).Replace("\"exclusion\"", "\"_2\"", StringComparison.Ordinal));
        }
        return folder;
    }

    /// <summary>The gastric set: ten pictures, their masks of 0 and 255.</summary>
    public static StudyFolder Gastric()
    {
        var folder = new StudyFolder("gastric.yaml");
        for (var i = 0; i < 10; i++)
            folder.Draw("images", "masks", $"case_{i}", ".png", i, 255);
        return folder;
    }

    /// <summary>GlaS: eleven pictures of four patients, masks of 0 and 1, and the manifest made of them.</summary>
    public static StudyFolder Glas()
    {
        var folder = new StudyFolder("glas.yaml");
        var manifest = new StringBuilder("slide,mask,patient,mpp\n");
        for (var i = 0; i < 11; i++)
        {
            folder.Draw("images", "mask_gland", $"train_{i}", ".jpg", i, 1);
            manifest.Append($"images/train_{i}.jpg,mask_gland/train_{i}.png,{i % 4},1.86\n");
        }
        File.WriteAllText(folder["glas.csv"], manifest.ToString());
        return folder;
    }

    /// <summary>Runs <c>engine reproduce</c> on the shipped study, made small.</summary>
    public (int Code, string Output, string Error) Reproduce(string what, params string[] sets) => ApplicationTests.Run(Arguments(what, sets));

    /// <summary>Its command line.</summary>
    public string[] Arguments(string what, params string[] sets) =>
        ["reproduce", what, "-c", this[_config], "-o", this["study"], .. Small.Concat(sets).SelectMany(set => (string[])["--set", set])];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    // A dark square on tissue.
    private void Draw(string images, string masks, string name, string extension, int number, byte foreground)
    {
        Directory.CreateDirectory(this[images]);
        Directory.CreateDirectory(this[masks]);
        var (rgb, mask) = (new byte[Side * Side * 3], new byte[Side * Side]);
        for (var i = 0; i < mask.Length; i++)
        {
            int x = i % Side - number, y = i / Side - 2 * number;
            mask[i] = x is >= 4 and < 36 && y is >= 4 and < 30 ? foreground : (byte)0;
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = mask[i] != 0 ? ((byte)110, (byte)60, (byte)140) : ((byte)210, (byte)130, (byte)190);
        }
        var picture = Path.Combine(this[images], name + extension);
        if (extension == ".png")
            Pictures.WritePng(picture, rgb, Side, Side);
        else
            Pictures.WriteJpeg(picture, rgb, Side, Side);
        Pictures.WriteGreyPng(Path.Combine(this[masks], name + ".png"), mask, Side, Side);
    }
}
