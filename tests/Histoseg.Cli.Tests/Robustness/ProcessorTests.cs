using System.Security.Cryptography;
using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>What a run's bits depend on of the processor: on fused multiply-adds, and on nothing else.</summary>
[Collection(RobustnessTests.Name)]
public sealed class ProcessorTests(Workshop workshop) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_gives_the_same_bits_with_AVX512_and_without_and_on_any_number_of_threads()
    {
        var here = Train("here", []);
        Assert.Equal(here, Train("narrow", new() { ["DOTNET_EnableAVX512"] = "0", ["DOTNET_EnableAVX512F"] = "0" }));
        Assert.Equal(here, Train("threads", [], "--set", "training.threads=3"));
    }

    [Fact]
    public void Training_gives_the_same_bits_on_all_processors_without_fused_multiply_add()
    {
        var without = Train("without", new() { ["DOTNET_EnableAVX2"] = "0" });
        Assert.Equal(without, Train("nothing", new() { ["DOTNET_EnableHWIntrinsic"] = "0" }));
    }

    private string Train(string run, Dictionary<string, string?> environment, params string[] more)
    {
        EngineProcess.Run(environment, ["train", "-c", workshop.ConfigPath, "-o", _folder[run], "--device", "cpu", "--set", "training.iterations=4", .. more])
            .Expect(ExitCode.Success);
        return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(_folder[$"{run}/model-last/model.safetensors"])));
    }
}
