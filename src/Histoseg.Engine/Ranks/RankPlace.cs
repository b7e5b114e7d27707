using System.Globalization;

namespace Histoseg.Engine.Ranks;

/// <summary>The place of this process among those it was started with, as the launcher's environment variables tell it.</summary>
/// <param name="Rank">Its number, from 0.</param>
/// <param name="Count">Processes in all, at least 2.</param>
/// <param name="LocalRank">Its number on its machine, from 0: the GPU it takes.</param>
/// <param name="Meeting">Where rank 0 listens, <c>host:port</c>; null: they meet through MPI.</param>
public sealed record RankPlace(int Rank, int Count, int LocalRank, string? Meeting)
{
    // Between the ports of services and those that systems give out by themselves.
    private const int FirstPort = 20000, Ports = 10000;

    /// <summary>Reads the variables of <c>torchrun</c>, of Open MPI's <c>mpirun</c> and of <c>srun</c>.</summary>
    /// <remarks>
    /// Inside an <c>sbatch</c> script without <c>srun</c> a process is alone, whatever the job asked for. Under <c>srun</c> ranks meet through MPI where Slurm
    /// started them for it (<c>--mpi=pmix</c>), else at the step's first machine, or where <c>MASTER_ADDR</c> and <c>MASTER_PORT</c> say.
    /// </remarks>
    /// <param name="variable">Gives a variable's value, or null.</param>
    /// <returns>The place; null where there is one process alone.</returns>
    /// <exception cref="RankError">Variables are missing or make no sense.</exception>
    public static RankPlace? Of(Func<string, string?> variable)
    {
        RankPlace? place = null;
        if (variable("WORLD_SIZE") is not null && variable("RANK") is not null && variable("MASTER_ADDR") is { } host)
            place = new(Number("RANK"), Number("WORLD_SIZE"), Number("LOCAL_RANK", "RANK"), $"{host}:{TorchPort()}");
        else if (variable("OMPI_COMM_WORLD_SIZE") is not null)
            place = new(Number("OMPI_COMM_WORLD_RANK"), Number("OMPI_COMM_WORLD_SIZE"), Number("OMPI_COMM_WORLD_LOCAL_RANK"), null);
        else if (variable("SLURM_STEP_NUM_TASKS") is not null && variable("SLURM_PROCID") is not null)
            place = new(Number("SLURM_PROCID"), Number("SLURM_STEP_NUM_TASKS"), Number("SLURM_LOCALID"),
                variable("PMIX_RANK") is not null ? null : $"{variable("MASTER_ADDR") ?? FirstNode(variable("SLURM_STEP_NODELIST"))}:{SlurmPort()}");
        if (place is null || place.Count == 1)
            return null;
        return place.Rank >= 0 && place.Rank < place.Count && place.LocalRank >= 0 ? place
            : throw new RankError($"rank {place.Rank} of {place.Count}, {place.LocalRank} on its machine: the launcher's variables make no sense");

        int Number(params string[] names)
        {
            var text = names.Select(variable).FirstOrDefault(value => value is not null);
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : throw new RankError($"the variable {names[0]} is {(text is null ? "missing" : $"'{text}'")}, where the launcher's others tell of ranks");
        }

        // There the launcher itself listens at the port it names.
        int TorchPort() => variable("TORCHELASTIC_USE_AGENT_STORE") is "True" ? FirstPort + Number("MASTER_PORT") * 31 % Ports : Number("MASTER_PORT");

        int SlurmPort() => variable("MASTER_PORT") is not null ? Number("MASTER_PORT")
            : FirstPort + (int)(((uint)Number("SLURM_JOB_ID", "SLURM_JOBID") * 31u + (uint)Number("SLURM_STEP_ID", "SLURM_STEPID")) % Ports);
    }

    /// <summary>The first machine of a list as Slurm writes it: <c>gpu[03-07,11],login</c> begins with <c>gpu03</c>.</summary>
    internal static string FirstNode(string? list)
    {
        if (string.IsNullOrEmpty(list))
            throw new RankError("the variable SLURM_STEP_NODELIST is missing, where the launcher's others tell of ranks");
        var end = list.IndexOfAny([',', '[']);
        if (end < 0 || list[end] == ',')
            return end < 0 ? list : list[..end];
        var inner = list[(end + 1)..];
        var close = inner.IndexOf(']', StringComparison.Ordinal);
        var after = close < 0 ? "" : inner[(close + 1)..].Split(',')[0];
        return list[..end] + inner[..Math.Max(0, inner.IndexOfAny(['-', ',', ']']))] + after;
    }
}
