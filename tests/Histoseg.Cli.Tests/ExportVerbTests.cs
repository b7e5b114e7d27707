using Histoseg.Cli.Terminal;
using Histoseg.Cli.Tests.Robustness;

namespace Histoseg.Cli.Tests;

/// <summary>engine export with the model of a run.</summary>
[Collection(RobustnessTests.Name)]
public sealed class ExportVerbTests(Workshop workshop) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_line_tells_what_the_file_takes_and_how_well_it_agrees()
    {
        var file = _folder["exports/model.onnx"];
        var result = Workshop.Run("export", "-m", workshop["run/model"], "-o", file).Expect(ExitCode.Success);
        Assert.Empty(result.Error);
        Assert.Matches($"^{file}: takes batches of any number of images of 32×32 pixels only, for its global pooling windows depend on the size; "
            + @"verified: the probabilities of ONNX Runtime [0-9.]+ differ from the engine's by [0-9]\.[0-9]e-[0-9]+ at most; "
            + $@"how to use it is in {file}.md\s*$", result.Output);
        Assert.Equal([file, file + ".md"], Directory.GetFiles(_folder["exports"]).Order(StringComparer.Ordinal));

        var again = Workshop.Run("export", "-m", workshop["run/model"], "-o", file).Expect(ExitCode.Failed)
            .ExpectOneClearLine(file, "exists already", "--overwrite");
        Assert.Single(again.ErrorLines);
        Assert.Contains("images of 48×48 pixels only",
            Workshop.Run("export", "-m", workshop["run/model"], "-o", file, "--patch-size", "48", "--overwrite").Expect(ExitCode.Success).Output);
    }

    [SkippableFact]
    public void ONNX_Runtime_reports_to_nobody()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows does not take the user's folder from HOME");
        var home = Directory.CreateDirectory(_folder["home"]).FullName;
        EngineProcess.Run(new Dictionary<string, string?> { ["HOME"] = home, ["XDG_CACHE_HOME"] = null, ["ORT_DISABLE_TELEMETRY"] = null },
            "export", "-m", workshop["run/model"], "-o", _folder["model.onnx"]).Expect(ExitCode.Success);
        Assert.Empty(Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(ExitCode.Failed, "no model folder", "-m", "{nowhere}", "-o", "{model.onnx}")]
    [InlineData(ExitCode.Failed, "this is a folder", "-m", "{run/model}", "-o", "{}")]
    [InlineData(ExitCode.Failed, "no such file or folder", "-m", "{run/model}", "-o", "/proc/nowhere/model.onnx")]
    [InlineData(ExitCode.BadUsage, "--patch-size 36: it is a multiple of 8", "-m", "{run/model}", "-o", "{model.onnx}", "--patch-size", "36")]
    [InlineData(ExitCode.BadUsage, "--patch-size 0: it is a multiple of 8", "-m", "{run/model}", "-o", "{model.onnx}", "--patch-size", "0")]
    [InlineData(ExitCode.BadUsage, "--out", "-m", "{run/model}")]
    public void Bad_input_is_one_line_on_stderr(int code, string says, params string[] args)
    {
        Workshop.CopyFolder(workshop["run/model"], _folder["run/model"]);
        var result = Workshop.Run(["export", .. args.Select(arg => arg.StartsWith('{') ? _folder[arg.Trim('{', '}')] : arg)]);
        result.Expect(code).ExpectOneClearLine(says);
        Assert.Single(result.ErrorLines);
        Assert.Empty(result.Output);
        Assert.Empty(Directory.GetFiles(_folder[""]));
    }

    [Fact]
    public void A_model_with_NaN_gives_no_file()
    {
        workshop.CopyModel(_folder["model"], (name, numbers) => numbers[0] = name == "head.bias" ? float.NaN : numbers[0]);
        Workshop.Run("export", "-m", _folder["model"], "-o", _folder["model.onnx"]).Expect(ExitCode.Failed)
            .ExpectOneClearLine("'head.bias' holds NaN", "use an earlier model");
        Assert.Empty(Directory.GetFiles(_folder[""]));
    }
}
