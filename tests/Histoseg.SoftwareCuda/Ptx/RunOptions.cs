namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>How a kernel is run.</summary>
/// <param name="Seed">Chooses the order of blocks and warps; the same seed gives the same order.</param>
/// <param name="Threads">Host threads that work on blocks; 0 takes one per processor.</param>
/// <param name="CheckRaces">Whether accesses to shared memory are checked for races.</param>
/// <param name="InstructionBudget">Instructions one warp may execute before it is taken to loop for ever.</param>
public sealed record RunOptions(int Seed = 0, int Threads = 0, bool CheckRaces = true, long InstructionBudget = 2_000_000_000);
