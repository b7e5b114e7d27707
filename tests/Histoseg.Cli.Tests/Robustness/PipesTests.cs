using System.Diagnostics;
using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>A named pipe in place of a file is told and not waited for: nobody may ever write into it.</summary>
[Collection(RobustnessTests.Name)]
public sealed class PipesTests(Workshop workshop)
{
    [SkippableTheory]
    [InlineData("train.yaml", ExitCode.BadUsage)]
    [InlineData("slides/manifest.csv", ExitCode.Failed)]
    [InlineData("slides/synth_000.xml", ExitCode.Failed)]
    [InlineData("slides/synth_000.tif", ExitCode.Failed)]
    [InlineData("mask.png", ExitCode.Failed)]
    public async Task A_pipe_in_place_of_a_file_is_refused(string name, int code)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "named pipes of Linux");
        using var folder = new TempFolder();
        Workshop.CopyFolder(workshop["slides"], folder["slides"]);
        File.Copy(workshop.ConfigPath, folder["train.yaml"]);
        if (name == "mask.png")
            File.WriteAllText(folder["slides/manifest.csv"], $"slide,mask,split,patient\nsynth_000.tif,{folder[name]},train,a\n");
        File.Delete(folder[name]);
        Process.Start("mkfifo", folder[name]).WaitForExit();
        var result = await Task.Run(() => Workshop.Run("check", "-c", folder["train.yaml"])).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(code, result.Code);
        Assert.Contains($"{name}: ", result.Output + result.Error);
        Assert.Contains("this is a named pipe, not a regular file; give a regular file", result.Output + result.Error);
    }
}
