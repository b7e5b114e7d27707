using Histoseg.Engine.Ranks;

namespace Histoseg.Engine.Tests.Ranks;

/// <summary>Launchers' variables.</summary>
public class RankPlaceTests
{
    private static RankPlace? Of(string variables)
    {
        var map = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return RankPlace.Of(map.GetValueOrDefault);
    }

    [Fact]
    public void Torchrun_names_where_to_meet() =>
        Assert.Equal(new RankPlace(5, 8, 1, "node0:29500"), Of("RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 MASTER_ADDR=node0 MASTER_PORT=29500"));

    // torchrun's own store is at the port.
    [Fact]
    public void Where_torchrun_listens_itself_another_port_is_taken() => Assert.Equal(new RankPlace(1, 2, 1, "node0:24500"),
        Of("RANK=1 WORLD_SIZE=2 LOCAL_RANK=1 MASTER_ADDR=node0 MASTER_PORT=29500 TORCHELASTIC_USE_AGENT_STORE=True"));

    [Fact]
    public void Mpirun_leaves_it_to_MPI() =>
        Assert.Equal(new RankPlace(1, 4, 1, null), Of("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_RANK=1 PMIX_RANK=1"));

    [Fact]
    public void Srun_meets_at_the_first_node_of_the_step_or_through_MPI_where_it_was_asked_to()
    {
        const string step = "SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=3 SLURM_LOCALID=1 SLURM_STEP_NODELIST=gpu[03-04] SLURM_JOB_ID=812 SLURM_STEP_ID=0";
        var place = Of(step)!;
        Assert.Equal((3, 4, 1), (place.Rank, place.Count, place.LocalRank));
        Assert.Matches("^gpu03:2[0-9]{4}$", place.Meeting!);
        // Two steps of a job at a time do not meet each other.
        Assert.NotEqual(place.Meeting, Of(step.Replace("STEP_ID=0", "STEP_ID=1"))!.Meeting);
        Assert.Equal("10.0.0.1:29500", Of(step + " MASTER_ADDR=10.0.0.1 MASTER_PORT=29500")!.Meeting);
        Assert.Null(Of(step + " PMIX_RANK=3")!.Meeting);
    }

    [Theory]
    [InlineData("")]
    [InlineData("RANK=0 WORLD_SIZE=1 LOCAL_RANK=0 MASTER_ADDR=a MASTER_PORT=1")]
    [InlineData("OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1 OMPI_COMM_WORLD_LOCAL_RANK=0")]
    // A batch script, which runs once whatever its job may start later.
    [InlineData("SLURM_NTASKS=4 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_JOB_ID=812")]
    [InlineData("SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_STEP_NODELIST=a SLURM_JOB_ID=812 SLURM_STEP_ID=0")]
    public void One_process_is_alone(string variables) => Assert.Null(Of(variables));

    [Theory]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_ADDR=a", "MASTER_PORT is missing")]
    [InlineData("RANK=x WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=1", "RANK is 'x'")]
    [InlineData("RANK=2 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=1", "rank 2 of 2")]
    [InlineData("SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_JOB_ID=1 SLURM_STEP_ID=0", "SLURM_STEP_NODELIST is missing")]
    public void What_makes_no_sense_is_told(string variables, string told) =>
        Assert.Contains(told, Assert.Throws<RankError>(() => Of(variables)).Message);

    [Theory]
    [InlineData("one", "one")]
    [InlineData("one,two", "one")]
    [InlineData("gpu[03-07,11],login", "gpu03")]
    [InlineData("gpu[3,5]", "gpu3")]
    [InlineData("rack[1-2]-ib,x[1-3]", "rack1-ib")]
    public void The_first_node_of_a_list(string list, string node) => Assert.Equal(node, RankPlace.FirstNode(list));
}
