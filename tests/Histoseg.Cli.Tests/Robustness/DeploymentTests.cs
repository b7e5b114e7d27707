using System.Runtime.InteropServices;
using Histoseg.Cli.Terminal;
using Histoseg.Slides.OpenSlide;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>Places where the program has little: no home, few files, a small address space, a terminal that can do nothing.</summary>
[Collection(RobustnessTests.Name)]
public sealed class DeploymentTests(Workshop workshop)
{
    [SkippableFact]
    public void Few_open_files_are_told_in_a_line() =>
        Limited("-n 100", "doctor").Expect(ExitCode.Failed).ExpectOneClearLine("may have 100 files open, and needs 256", "ulimit -n 1024");

    [SkippableFact]
    public void A_small_address_space_is_told_in_a_line() =>
        Limited("-v 2500000", "doctor").Expect(ExitCode.Failed).ExpectOneClearLine("2.4 GiB of address space", "ulimit -v unlimited");

    [SkippableFact]
    public void In_8_GB_of_address_space_it_segments()
    {
        using var folder = new TempFolder();
        Limited("-v 8000000", "infer", "-i", workshop["slides"], "-o", folder["out"], "-m", workshop["run/model"], "--output", "csv", "--threads", "2")
            .Expect(ExitCode.Success);
    }

    [Fact]
    public void Without_a_home_or_a_capable_terminal_it_segments()
    {
        using var folder = new TempFolder();
        var nowhere = new Dictionary<string, string?> { ["HOME"] = "/nonexistent", ["XDG_CACHE_HOME"] = null, ["TERM"] = "dumb", ["LC_ALL"] = "C" };
        var result = EngineProcess.Run(nowhere, "infer", "-i", workshop["slides"], "-o", folder["out"], "-m", workshop["run/model"], "--output", "csv");
        result.Expect(ExitCode.Success);
        Assert.DoesNotContain('\u001b', result.Output + result.Error);
    }

    [SkippableFact]
    public void A_working_folder_that_is_gone_is_told()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux lets a folder in use be removed");
        using var folder = new TempFolder();
        EngineProcess.RunAfter($"mkdir '{folder["gone"]}'; cd '{folder["gone"]}'; rmdir '{folder["gone"]}'",
            "infer", "-i", workshop["slides"], "-o", "out", "-m", workshop["run/model"])
            .Expect(ExitCode.Failed).ExpectOneClearLine("the folder it was started in is gone; change to another one");
    }

    [SkippableFact]
    public void Without_room_for_temporary_files_it_segments()
    {
        using var folder = new TempFolder();
        using var disk = SmallDisk.Mount(folder["tmp"], 64, out var reason);
        Skip.If(disk is null, reason);
        disk.MakeReadOnly();
        var environment = new Dictionary<string, string?> { ["TMPDIR"] = folder["tmp"] };
        EngineProcess.Run(environment, "infer", "-i", workshop["slides"], "-o", folder["out"], "-m", workshop["run/model"])
            .Expect(ExitCode.Success);
    }

    [SkippableFact]
    public void A_native_library_is_loaded_from_memory()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "it is done on Linux");
        using var content = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native/libvips.so.42"));
        var library = BundledLibraries.LoadFromMemory(content, "a-library");
        Assert.NotEqual(0, library);
        Assert.True(NativeLibrary.TryGetExport(library, "vips_version", out _));
        using var none = new MemoryStream("no library"u8.ToArray());
        Assert.Equal(0, BundledLibraries.LoadFromMemory(none, "none"));
    }

    [SkippableFact]
    public void Nothing_of_libtiff_is_printed()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && OpenSlideLibrary.Found.IsAvailable, "OpenSlide is not here, or its libtiff is not to be reached");
        using var folder = new TempFolder();
        var path = folder["in/a.svs"];
        Directory.CreateDirectory(folder["in"]);
        using (var noise = NetVips.Image.Gaussnoise(512, 512, sigma: 40, mean: 150, seed: 1).Cast(NetVips.Enums.BandFormat.Uchar))
        using (var picture = noise.Bandjoin(noise, noise).Copy(interpretation: NetVips.Enums.Interpretation.Srgb))
        {
            const string aperio = "Aperio Image Library v1\n512x512|MPP = 1.0";
            using var described = picture.Mutate(image => image.Set(NetVips.GValue.GStrType, "image-description", aperio));
            described.Tiffsave(path, compression: NetVips.Enums.ForeignTiffCompression.Deflate, tile: true, tileWidth: 256, tileHeight: 256);
        }
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(bytes.Length / 2, 4000).Fill(0xff);
        File.WriteAllBytes(path, bytes);

        var result = EngineProcess.Run("infer", "-i", folder["in"], "-o", folder["out"], "-m", workshop["run/model"], "--output", "csv", "--threads", "1");
        Assert.All(result.ErrorLines, line => Assert.Matches("^(engine|segmenting): ", line));
        Assert.DoesNotContain("ZIPDecode", result.Error);
        Assert.Contains(result.ErrorLines, line => line.Contains("a.svs: ") && line.Contains("cannot be read"));
    }

    private static EngineResult Limited(string limit, params string[] args)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the limits are Linux's");
        return EngineProcess.RunLimited(limit, args);
    }
}
