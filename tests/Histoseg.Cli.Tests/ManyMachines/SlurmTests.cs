using Histoseg.Cli.Terminal;
using Histoseg.Cli.Tests.Robustness;

namespace Histoseg.Cli.Tests.ManyMachines;

/// <summary>The scripts of <c>samples/slurm</c> on a real Slurm: an array that segments, and training that is preempted, cancelled and out of time.</summary>
[Trait("Category", "Slurm")]
[Collection(RobustnessTests.Name)]
public sealed class SlurmTests(Workshop workshop, SlurmCluster cluster) : IClassFixture<SlurmCluster>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void An_array_segments_each_slide_once()
    {
        cluster.Require();
        var job = cluster.Submit("infer.sbatch", _folder["infer-%a.log"], ["--wait", "--array=1-2"], ("SLIDES", workshop["slides"]),
            ("MODEL", workshop["run/model"]), ("OUT", _folder["out"]));
        var logs = string.Concat(new[] { "infer-1.log", "infer-2.log" }.Select(log => File.ReadAllText(_folder[log])));
        Assert.True(cluster.StateOf(job) == "COMPLETED", logs);
        var slides = Directory.GetFiles(workshop["slides"], "*.tif").Select(slide => Path.GetFileNameWithoutExtension(slide)).Order().ToList();
        Assert.Equal(slides, Directory.GetFiles(_folder["out/segmentations"]).Select(map => Path.GetFileNameWithoutExtension(map)).Order());
        Assert.All(slides, slide => Assert.Equal(1, logs.Split($"done    {workshop["slides"]}/{slide}.tif").Length - 1));
        Assert.Equal(2, Directory.GetFiles(_folder["out"], "run_metadata_*.json").Length);
        Workshop.Run("status", _folder["out"]).Expect(ExitCode.Success);
    }

    [SkippableFact]
    public void Preempted_training_is_put_back_and_ends_with_the_same_bits()
    {
        cluster.Require();
        Workshop.Run("train", "-c", ConfigPath, "-o", _folder["whole"]).Expect(ExitCode.Success);
        var job = StartTraining();
        // Whoever is of the other partition gets the node: SIGTERM, and SIGKILL a minute later.
        cluster.Do("srun", "-p", "high", "-w", "one", "true");
        GoesOnToTheSameBits(job);
        Assert.Contains("stopped; go on with", Log);
    }

    [SkippableFact]
    public void Training_that_is_asked_to_end_before_its_time_is_over_is_put_back()
    {
        cluster.Require();
        Workshop.Run("train", "-c", ConfigPath, "-o", _folder["whole"]).Expect(ExitCode.Success);
        var job = StartTraining();
        // As --signal=USR1@300 does before the time limit.
        cluster.Do("scancel", "--signal=USR1", job);
        GoesOnToTheSameBits(job);
    }

    [SkippableFact]
    public void Cancelled_training_stays_cancelled()
    {
        cluster.Require();
        var job = StartTraining();
        cluster.Do("scancel", job);
        SlurmCluster.Await("the end of the job", () => Log.Contains("stopped; go on with") && cluster.Do("squeue", "-h", "-j", job, "-o", "%T").Length == 0);
        Assert.Equal(("CANCELLED", "0"), (cluster.StateOf(job), cluster.Field(job, "Restarts")));
        Assert.True(File.Exists(_folder["run/last.ckpt"]));
    }

    [SkippableFact]
    public void Two_tasks_train_together_and_stopped_go_on_to_the_same_bits()
    {
        cluster.Require();
        // The nodes of this cluster have names that nobody but Slurm knows.
        string Start(string run) => cluster.Submit("train.sbatch", _folder[$"{run}.log"], ["--ntasks=2"], ("CONFIG", ConfigPath), ("RUN", _folder[run]),
            ("MASTER_ADDR", "localhost"));
        string LogOf(string run) => File.Exists(_folder[$"{run}.log"]) ? File.ReadAllText(_folder[$"{run}.log"]) : "";
        var whole = Start("together");
        SlurmCluster.Await("its end", () => cluster.StateOf(whole) is "COMPLETED" or "FAILED");
        Assert.True(cluster.StateOf(whole) == "COMPLETED", LogOf("together") + cluster.Logs);
        Assert.Contains("2 ranks over TCP: each update is of 2 × 2 patches", LogOf("together"));

        var job = Start("run");
        SlurmCluster.Await("the first updates", () => File.Exists(_folder["run/metrics.csv"]) && File.ReadLines(_folder["run/metrics.csv"]).Count() > 5);
        cluster.Do("scancel", "--signal=USR1", job);
        SlurmCluster.Await("the job to be put back", () => cluster.StateOf(job) == "PENDING");
        cluster.Do("scontrol", "update", $"JobId={job}", "StartTime=now+3");
        SlurmCluster.Await("its end", () => cluster.StateOf(job) is "COMPLETED" or "FAILED");
        Assert.True(cluster.StateOf(job) == "COMPLETED", LogOf("run") + cluster.Logs);
        Assert.Equal(File.ReadAllBytes(_folder["together/model-last/model.safetensors"]), File.ReadAllBytes(_folder["run/model-last/model.safetensors"]));
    }

    private string ConfigPath
    {
        get
        {
            // Some seconds of updates.
            var path = Path.Combine(Path.GetDirectoryName(workshop.ConfigPath)!, "slurm.yaml");
            File.WriteAllText(path, File.ReadAllText(workshop.ConfigPath).Replace("iterations: 2,", "iterations: 300,")
                .Replace("checkpoint_every: 2, validate_every: 20", "checkpoint_every: 50, validate_every: 150"));
            return path;
        }
    }

    private string Log => File.Exists(_folder["train.log"]) ? File.ReadAllText(_folder["train.log"]) : "";

    private string StartTraining()
    {
        var job = cluster.Submit("train.sbatch", _folder["train.log"], ["-w", "one"], ("CONFIG", ConfigPath), ("RUN", _folder["run"]));
        SlurmCluster.Await("the first updates", () => File.Exists(_folder["run/metrics.csv"]) && File.ReadLines(_folder["run/metrics.csv"]).Count() > 5);
        return job;
    }

    private void GoesOnToTheSameBits(string job)
    {
        SlurmCluster.Await("the job to be put back and its node to be free",
            () => cluster.StateOf(job) == "PENDING" && cluster.Do("sinfo", "-h", "-p", "low", "-n", "one", "-t", "idle", "-o", "%D") == "1");
        // Slurm lets two minutes pass by itself. Within the second of the first end it would take the new start for one that was revoked.
        cluster.Do("scontrol", "update", $"JobId={job}", "StartTime=now+3");
        SlurmCluster.Await("its end", () => cluster.StateOf(job) is "COMPLETED" or "FAILED");
        Assert.True(cluster.StateOf(job) == "COMPLETED", Log + cluster.Logs);
        Assert.Equal("1", cluster.Field(job, "Restarts"));
        Assert.Equal(File.ReadAllBytes(_folder["whole/model-last/model.safetensors"]), File.ReadAllBytes(_folder["run/model-last/model.safetensors"]));
    }
}
