using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.Versioning;

namespace Histoseg.GpuCheck.Tests;

/// <summary>gpu-check.sh with programs in the place of gpucheck and Python that only say how they were called: what it runs, keeps and tells.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ScriptTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public ScriptTests()
    {
        File.Copy(Path.Combine(Repository.Root, "benchmarks", "gpu-check.sh"), _folder["gpu-check.sh"]);
        File.WriteAllText(_folder["commit.txt"], "abc\n");
        Program("gpucheck", """
            echo "gpucheck $*" >> "$CALLS"
            echo "path $HISTOSEG_CUDA_PATH" >> "$CALLS"
            if [[ $1 == summary ]]; then
                echo "the summary of $(ls "$2"/*.jsonl | wc -l) files" > "$2/summary.md"
            else
                if [[ $1 == "$HANGS" ]]; then sleep 60; fi
                if [[ -n $FAILS && "$*" == *"$FAILS"* ]]; then exit 1; fi
                echo compiled > "$CUDA_CACHE_PATH/$1"
                while [[ $1 != --results ]]; do shift; done
                echo '{"kind":"machine","cudnn":"none"}' >> "$2"
                echo done
            fi
            """);
        // Its packages hold cuDNN; PyTorch sees a GPU.
        Program("python", """
            echo "python ${*: -8}" >> "$CALLS"
            if [[ $1 == -c && $2 == *purelib* ]]; then echo "$PACKAGES"; fi
            if [[ $1 == *bench.py ]]; then echo '{"kind":"bench"}'; fi
            """);
    }

    public void Dispose() => _folder.Dispose();

    private void Program(string name, string body)
    {
        File.WriteAllText(_folder[name], $"#!/bin/bash\n{body}\n");
        File.SetUnixFileMode(_folder[name], (UnixFileMode)0b111_101_101);
    }

    private string Calls => File.ReadAllText(_folder["calls"]);

    private Process Start(string arguments, string hangs = "", string fails = "")
    {
        var start = new ProcessStartInfo("bash", [_folder["gpu-check.sh"], "-p", _folder["python"], "-o", _folder["out"], .. arguments.Split(' ')])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _folder.Root,
            Environment =
            {
                ["CALLS"] = _folder["calls"], ["HANGS"] = hangs, ["FAILS"] = fails, ["PACKAGES"] = _folder["packages"], ["TMPDIR"] = _folder["tmp"],
                ["HISTOSEG_CUDA_PATH"] = null, ["CUDA_CACHE_PATH"] = null,
            },
        };
        Directory.CreateDirectory(_folder["tmp"]);
        Directory.CreateDirectory(_folder["packages"]);
        return Process.Start(start)!;
    }

    private (int Code, string Output) Run(string arguments, string fails = "")
    {
        using var process = Start(arguments, fails: fails);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private List<string> Packed(string archive = "gpu-check.tar.gz")
    {
        using var reader = new TarReader(new GZipStream(File.OpenRead(_folder[$"out/{archive}"]), CompressionMode.Decompress));
        var names = new List<string>();
        while (reader.GetNextEntry() is { } entry)
            names.Add(entry.Name);
        return names;
    }

    [Fact]
    public void The_first_ten_minutes_come_in_their_order_and_leave_one_file()
    {
        Directory.CreateDirectory(_folder["reference"]);
        var (code, output) = Run("first");
        Assert.Equal(0, code);
        var verbs = Calls.Split('\n').Where(line => line.StartsWith("gpucheck ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]);
        Assert.Equal(["modules", "cases", "cases", "slim", "bench", "tune", "tune", "bench", "bench", "bench", "convolutions"],
            verbs.Where(verb => verb != "summary"));
        Assert.Contains("bench inference --batch 8 --seconds 3", Calls);
        Assert.EndsWith($"the summary of 13 files\n{_folder["out"]}/gpu-check.tar.gz\n", output);
        HashSet<string> wanted = ["results/modules.jsonl", "results/summary.md", "results/logs/modules.log"];
        Assert.Superset(wanted, Packed().ToHashSet());
        Assert.Contains("./compiled/tune", Packed("gpu-check-caches.tar.gz"));
        Assert.Contains("--convolutions All ", Calls);
    }

    [Fact]
    public void Tuning_that_fails_is_tried_again()
    {
        var (code, output) = Run("tune-targets", fails: "training");
        Assert.Equal(1, code);
        Assert.Matches("tune-targets inference 1 +passed", output);
        Assert.Equal(3, output.Split('\n').Count(line => line.StartsWith("tune-targets training ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Kernels_that_do_harm_are_left_out_of_what_follows()
    {
        Run("cases-own tune-targets ours", fails: "cases");
        Assert.Contains("tune --only inference --batch 8 --convolutions AllPortable", Calls);
        Assert.Contains("bench training --batch 4 --seconds 3 --convolutions AllPortable", Calls);
    }

    [Fact]
    public void Python_may_be_named_from_where_one_is()
    {
        Directory.CreateDirectory(_folder["venv/bin"]);
        File.CreateSymbolicLink(_folder["venv/bin/python"], _folder["python"]);
        var (code, output) = Run("-p venv/bin/python gicn-pytorch");
        Assert.Equal((0, true), (code, output.Contains("gicn pytorch                 passed", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_second_ten_minutes_go_on_from_the_first()
    {
        Run("modules");
        Directory.Move(_folder["out"], _folder["earlier"]);
        Directory.Delete(_folder["tmp"], recursive: true);
        Assert.Equal(0, Run($"-r {_folder["earlier"]} second").Code);
        Assert.Contains("bf16 weights compile, bf16 weights", Calls);
        var packed = Packed();
        Assert.Contains("results/modules.jsonl", packed);
        Assert.Contains("results/inference-8-pytorch.jsonl", packed);
        Assert.Contains("results/ours-1-training-4.jsonl", packed);
        Assert.Contains("./compiled/modules", Packed("gpu-check-caches.tar.gz"));
        // A round of its own each time.
        Run("ours");
        Assert.Contains("results/ours-2-inference-8.jsonl", Packed());
        Assert.Equal(2, Run($"-r {_folder["packages"]} second").Code);
    }

    [Fact]
    public void Libraries_among_Python_s_packages_are_used_and_missed()
    {
        Assert.Equal(0, Run("modules").Code);
        Assert.Contains($"path {_folder["packages"]}\n", Calls);
        File.WriteAllText(_folder["packages/libcudnn.so.9"], "");
        var (code, output) = Run("modules");
        Assert.Equal(1, code);
        Assert.Matches("libraries +failed .*was not used", output);
    }

    [Fact]
    public void What_would_take_too_long_is_not_started_and_the_rest_is_kept()
    {
        Run("ceilings modules");
        File.WriteAllText(_folder["out/modules.jsonl"], "kept");
        var (code, output) = Run("-t 200 modules slim ceilings");
        Assert.Equal(0, code);
        Assert.Matches("modules +skipped .*does not fit", output);
        Assert.Matches("ceilings +passed", output);
        Assert.Equal("kept", File.ReadAllText(_folder["out/modules.jsonl"]));
    }

    [Fact]
    public void Ended_by_a_signal_it_still_packs_what_there_is()
    {
        using var process = Start("modules ceilings gicn-ours", hangs: "bench");
        var clock = Stopwatch.StartNew();
        while (!(File.Exists(_folder["calls"]) && Calls.Contains("bench ceilings", StringComparison.Ordinal)))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60));
            Thread.Sleep(50);
        }
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            kill.WaitForExit();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(50));
        Assert.Equal(1, process.ExitCode);
        Assert.Matches("ceilings +too long .*was ended", output);
        Assert.Contains("results/modules.jsonl", Packed());
    }
}
