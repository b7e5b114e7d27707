using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Histoseg.Cli.Terminal;
using Histoseg.Cli.Tests.Robustness;

namespace Histoseg.Cli.Tests.ManyMachines;

/// <summary>Training by several processes, as launchers start them.</summary>
[Collection(RobustnessTests.Name)]
public sealed class RankTests(Workshop workshop) : IDisposable
{
    // That of a run of two that nothing happened to; the same in all tests.
    private static string? _whole;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Train(string run, params string[] more) =>
        ["train", "-c", workshop.ConfigPath, "-o", _folder[run], "--set", "training.iterations=30", "--set", "training.rank_timeout=20", .. more];

    // As torchrun starts them.
    private static List<EngineProcess> Start(string[] args, int count = 2)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        socket.Close();
        return [.. Enumerable.Range(0, count).Select(rank => EngineProcess.Start(new()
        {
            ["RANK"] = $"{rank}",
            ["LOCAL_RANK"] = $"{rank}",
            ["WORLD_SIZE"] = $"{count}",
            ["MASTER_ADDR"] = "localhost",
            ["MASTER_PORT"] = $"{port}",
        }, args))];
    }

    private bool CameToCheckpoint(EngineProcess training, string run) => training.CameTo(() => File.Exists(_folder[run + "/last.ckpt"]));

    private string Weights(string run) => Convert.ToHexString(File.ReadAllBytes(_folder[run + "/model-last/model.safetensors"]));

    private string WholeWeights()
    {
        if (_whole is null)
            Whole("whole");
        return _whole ??= Weights("whole");
    }

    private void Whole(string run, params string[] more)
    {
        var ranks = Start(Train(run, more));
        ranks[0].Wait().Expect(ExitCode.Success);
        Assert.Equal("", ranks[1].Wait().Expect(ExitCode.Success).Output);
        ranks.ForEach(rank => rank.Dispose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_that_is_killed_ends_the_run_with_one_line_and_it_goes_on_to_the_same_bits(int killed)
    {
        var whole = WholeWeights();
        var ranks = Start(Train("run"));
        Assert.True(CameToCheckpoint(ranks[0], "run"));
        ranks[killed].Kill();
        var clock = Stopwatch.StartNew();
        ranks[1 - killed].Wait().Expect(ExitCode.Failed).ExpectOneClearLine($"rank {killed} of 2 has gone", "--resume");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), "the others are not waited for");
        ranks.ForEach(rank => rank.Dispose());
        Whole("run", "--resume");
        Assert.Equal(whole, Weights("run"));
    }

    [SkippableFact]
    public void One_that_is_halted_is_waited_for_no_longer_than_asked()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the signals are Linux's");
        var ranks = Start(Train("run", "--set", "training.rank_timeout=8", "--set", "training.iterations=100000"));
        Assert.True(CameToCheckpoint(ranks[0], "run"));
        ranks[1].Signal("STOP");
        ranks[0].Wait().Expect(ExitCode.Failed).ExpectOneClearLine("rank 1 of 2 answered nothing for 8 s", "--resume");
        ranks.ForEach(rank => rank.Dispose());
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_that_is_asked_to_stop_stops_all_with_a_checkpoint(int asked)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the signals are Linux's");
        var ranks = Start(Train("run", "--set", "training.iterations=100000"));
        Assert.True(CameToCheckpoint(ranks[0], "run"));
        ranks[asked].Signal("TERM");
        ranks[0].Wait().Expect(asked == 0 ? ExitCode.Terminated : ExitCode.Stopped).ExpectOneClearLine("stopped; go on with: engine train", "--resume");
        Assert.Equal("", ranks[1].Wait().Expect(asked == 1 ? ExitCode.Terminated : ExitCode.Stopped).Output);
        ranks.ForEach(rank => rank.Dispose());
    }

    [Fact]
    public void What_no_rank_can_do_rank_0_alone_tells()
    {
        var ranks = Start(Train("run", "--set", $"data.manifest={_folder["nowhere.csv"]}"));
        ranks[0].Wait().Expect(ExitCode.Failed).ExpectOneClearLine("nowhere.csv");
        var other = ranks[1].Wait().Expect(ExitCode.Failed);
        Assert.Equal(("", ""), (other.Output, other.Error));
        ranks.ForEach(rank => rank.Dispose());
    }

    [SkippableFact]
    public void Mpirun_trains_to_the_same_bits()
    {
        Skip.IfNot(File.Exists("/usr/bin/mpirun"), "Open MPI is not installed (Debian, Ubuntu: openmpi-bin)");
        var whole = WholeWeights();
        // As root, and on however few cores there are.
        var start = new ProcessStartInfo("mpirun",
            ["--allow-run-as-root", "--oversubscribe", "-n", "2", "dotnet", Path.Combine(AppContext.BaseDirectory, "engine.dll"), .. Train("mpi")])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using var mpirun = Process.Start(start)!;
        var (output, error) = (mpirun.StandardOutput.ReadToEndAsync(), mpirun.StandardError.ReadToEndAsync());
        Assert.True(mpirun.WaitForExit(TimeSpan.FromMinutes(2)));
        Assert.True(mpirun.ExitCode == 0, error.Result);
        Assert.Contains("2 ranks over Open MPI", error.Result);
        Assert.Equal(whole, Weights("mpi"));
    }
}
