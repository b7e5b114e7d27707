using System.Globalization;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Verbs;

/// <summary>The part of the slides that a task of a scheduler's array has: Slurm, PBS, Grid Engine, LSF.</summary>
internal static class SchedulerShard
{
    // What each tells: the task, the first and last there are, their distance, how many they are.
    private static readonly Scheduler[] _known =
    [
        new("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT"),
        new("PBS_ARRAY_INDEX"),
        new("PBS_ARRAYID"),
        new("SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE"),
        new("LSB_JOBINDEX", null, "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP"),
    ];

    // Outside an array Grid Engine sets its variables to the one, LSF its index to the other.
    private static readonly string[] _none = ["", "undefined", "0"];

    /// <summary>The part; null where the program is no task of an array of several, or the array does not tell which part is its own.</summary>
    /// <param name="variable">A variable of the environment.</param>
    /// <param name="note">Told in a line why there is no part.</param>
    /// <exception cref="ConfigError">A variable has a value that none of its tasks has.</exception>
    public static Shard? Find(Func<string, string?> variable, Action<string> note)
    {
        foreach (var scheduler in _known)
        {
            var id = variable(scheduler.Task) ?? "";
            // Slurm counts from 0 if it is told to.
            if (_none.Contains(id) && !(id == "0" && Given(scheduler.Count) is not null))
                continue;
            var task = Number(scheduler.Task, id);
            var (last, count) = (Optional(scheduler.Last), Optional(scheduler.Count));
            if (last is null)
            {
                note($"{scheduler.Task} does not tell of how many tasks this is one: slides are claimed one by one "
                    + $"({ShardOption.Name} i/n gives each task its part)");
                return null;
            }
            var first = scheduler.First is null ? 1 : Optional(scheduler.First) ?? 1;
            var step = Math.Max(1, Optional(scheduler.Step) ?? 1);
            if (count is { } told && told != (last - first) / step + 1)
            {
                note($"the tasks of the array are not evenly numbered: slides are claimed one by one ({ShardOption.Name} i/n gives each task its part)");
                return null;
            }
            if (task < first || task > last || (task - first) % step != 0)
                throw new ConfigError(Figures.Text($"{scheduler.Task} is {task}, and the array's tasks are {first} to {last}")
                    + (step == 1 ? "" : Figures.Text($" in steps of {step}")) + $"; give the part with {ShardOption.Name} i/n");
            return last == first ? null : new((task - first) / step + 1, (last.Value - first) / step + 1, scheduler.Task);

            string? Given(string? name) => name is not null && variable(name) is { Length: > 0 } value && value != "undefined" ? value : null;

            int? Optional(string? name) => Given(name) is { } value ? Number(name!, value) : null;
        }
        return null;
    }

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new ConfigError($"{name} is '{value}', which is no number of a task; give the part with {ShardOption.Name} i/n, or 1/1 for all slides");

    private sealed record Scheduler(string Task, string? First = null, string? Last = null, string? Step = null, string? Count = null);
}
