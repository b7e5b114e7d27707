using Histoseg.Cli.Terminal;
using Histoseg.Cli.Verbs;

namespace Histoseg.Cli.Tests.ManyMachines;

/// <summary>Which part of the slides a run has: by its option, or by the variables of batch systems.</summary>
public sealed class SchedulerShardTests
{
    private readonly List<string> _notes = [];

    private string? Find(string variables)
    {
        var given = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return SchedulerShard.Find(given.GetValueOrDefault, _notes.Add) is { } shard ? $"{shard} {shard.Source}" : null;
    }

    private static string Slurm(string values)
    {
        string[] names = ["ID", "MIN", "MAX", "STEP", "COUNT"];
        return string.Join(' ', values.Split(' ').Zip(names, (value, name) => $"SLURM_ARRAY_TASK_{name}={value}"));
    }

    [Theory]
    [InlineData("0 0 7 1 8", "1/8 SLURM_ARRAY_TASK_ID")]
    [InlineData("7 0 7 1 8", "8/8 SLURM_ARRAY_TASK_ID")]
    [InlineData("3 1 8 1 8", "3/8 SLURM_ARRAY_TASK_ID")]
    [InlineData("40 10 80 10 8", "4/8 SLURM_ARRAY_TASK_ID")]
    [InlineData("5 5 5 1 1", null)]
    public void Slurm_tells_it(string values, string? shard)
    {
        Assert.Equal(shard, Find(Slurm(values)));
        Assert.Empty(_notes);
    }

    [Theory]
    [InlineData("SGE_TASK_ID=3 SGE_TASK_FIRST=1 SGE_TASK_LAST=5 SGE_TASK_STEPSIZE=1", "3/5 SGE_TASK_ID")]
    [InlineData("SGE_TASK_ID=6 SGE_TASK_FIRST=2 SGE_TASK_LAST=9 SGE_TASK_STEPSIZE=2", "3/4 SGE_TASK_ID")]
    [InlineData("SGE_TASK_ID=undefined SGE_TASK_FIRST=undefined SGE_TASK_LAST=undefined SGE_TASK_STEPSIZE=undefined", null)]
    [InlineData("LSB_JOBINDEX=2 LSB_JOBINDEX_END=6 LSB_JOBINDEX_STEP=1", "2/6 LSB_JOBINDEX")]
    [InlineData("LSB_JOBINDEX=4 LSB_JOBINDEX_END=10 LSB_JOBINDEX_STEP=3", "2/4 LSB_JOBINDEX")]
    [InlineData("LSB_JOBINDEX=0", null)]
    [InlineData("", null)]
    public void So_do_Grid_Engine_and_LSF(string variables, string? shard)
    {
        Assert.Equal(shard, Find(variables));
        Assert.Empty(_notes);
    }

    [Theory]
    [InlineData("PBS_ARRAY_INDEX=3", "PBS_ARRAY_INDEX does not tell of how many tasks")]
    [InlineData("PBS_ARRAYID=3", "PBS_ARRAYID does not tell of how many tasks")]
    [InlineData("SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_ID does not tell of how many tasks")]
    [InlineData("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=3", "not evenly numbered")]
    public void Where_that_does_not_tell_enough_slides_are_claimed_one_by_one(string variables, string says)
    {
        Assert.Null(Find(variables));
        Assert.Contains(says, Assert.Single(_notes));
        Assert.Contains("claimed one by one (--shard i/n", _notes[0]);
    }

    [Theory]
    [InlineData("9 1 8 1 8", "SLURM_ARRAY_TASK_ID is 9, and the array's tasks are 1 to 8; give the part with --shard i/n")]
    [InlineData("15 10 80 10 8", "SLURM_ARRAY_TASK_ID is 15, and the array's tasks are 10 to 80 in steps of 10")]
    [InlineData("two 1 8 1 8", "SLURM_ARRAY_TASK_ID is 'two', which is no number of a task")]
    [InlineData("2 1 8 1 -8", "SLURM_ARRAY_TASK_COUNT is '-8', which is no number of a task")]
    public void A_value_that_no_task_has_is_an_error(string values, string says) =>
        Assert.StartsWith(says, Assert.Throws<ConfigError>(() => Find(Slurm(values))).Message);

    [Theory]
    [InlineData("0/4")]
    [InlineData("5/4")]
    [InlineData("-1/4")]
    [InlineData("2")]
    [InlineData("2/")]
    [InlineData("1/2/3")]
    [InlineData("a/b")]
    [InlineData("1.5/4")]
    [InlineData("1/99999999999")]
    public void So_is_an_option_that_is_no_part(string value)
    {
        var (code, _, error) = ApplicationTests.Run("infer", "-i", "a.tif", "-o", "out", "-m", "model", "--shard", value);
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Equal($"engine: --shard {value}: it is i/n, from 1/n to n/n, as in 2/8. See: engine infer -h", error.TrimEnd());
    }
}
