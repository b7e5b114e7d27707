using Histoseg.Cli.Terminal;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Models;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>What all robustness tests begin with: three small slides, a config and a model.</summary>
public sealed class Workshop : IDisposable
{
    /// <summary>Side of the slides in pixels of 0.5 µm.</summary>
    public const int SlideSize = 512;

    /// <summary>µm per pixel of the model.</summary>
    public const double ModelMpp = 1;

    private const string Config = """
        network: {width: 1, gicn_channels: 2, k: 3}
        data:
          manifest: slides/manifest.csv
          mpp: 1.0
          patch_size: 32
          stride: 32
          labels: [{groups: [tumor], class: tumour}, {groups: [exclusion], class: background}]
        training: {iterations: 2, batch_size: 2, log_every: 1, checkpoint_every: 2, validate_every: 20, threads: 1}
        """;

    private readonly TempFolder _folder = new();

    public Workshop()
    {
        Run("synth", "-o", this["slides"], "--train", "1", "--width", $"{SlideSize}", "--height", $"{SlideSize}").Expect(ExitCode.Success);
        File.WriteAllText(ConfigPath, Config);
        Run("train", "-c", ConfigPath, "-o", this["run"]).Expect(ExitCode.Success);
    }

    /// <summary>A config of a network so slim that an update takes milliseconds.</summary>
    public string ConfigPath => this["train.yaml"];

    /// <summary>A path in the common folder, which tests only read.</summary>
    public string this[string name] => _folder[name];

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs the program inside this process.</summary>
    internal static EngineResult Run(params string[] args)
    {
        var (code, output, error) = ApplicationTests.Run(args);
        return new(code, output, error);
    }

    /// <summary>Copies the model, changing its weights.</summary>
    internal void CopyModel(string to, Action<string, float[]>? change = null)
    {
        CopyFolder(this["run/model"], to);
        using var file = SafeTensors.Open(this["run/model/model.safetensors"]);
        var writer = new SafeTensorsWriter();
        foreach (var (name, tensor) in file.Tensors)
        {
            var data = file.Read<float>(name);
            change?.Invoke(name, data);
            writer.Add<float>(name, tensor.Shape, data);
        }
        writer.Save(Path.Combine(to, ModelFolder.WeightsFile));
    }

    /// <summary>Copies a folder and what is in it.</summary>
    internal static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>Copies the first part of a file.</summary>
    internal static void CopyCut(string from, string to, double share)
    {
        var bytes = File.ReadAllBytes(from);
        File.WriteAllBytes(to, bytes[..(int)(share * bytes.Length)]);
    }

    /// <summary>The files of a folder, with a path relative to it, and their bytes.</summary>
    internal static Dictionary<string, byte[]> Contents(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllBytes);
}

/// <summary>The tests that share the workshop.</summary>
[CollectionDefinition(Name)]
public sealed class RobustnessTests : ICollectionFixture<Workshop>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "robustness";
}
