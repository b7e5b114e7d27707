using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;

namespace Histoseg.Training.Runs;

/// <summary>What a network takes of a file for a start, known before any number is read; shapes fit.</summary>
/// <param name="Transfers">The tensors that are loaded.</param>
/// <param name="Lines">What was loaded, what is left in the file and why, what starts anew and why: three lines.</param>
internal sealed record WeightPlan(IReadOnlyList<Transfer> Transfers, IReadOnlyList<string> Lines)
{
    /// <summary>Fills a program's tensors, one after another, so that no more than one of them is in memory twice.</summary>
    /// <param name="program">The program whose tensors the transfers are to.</param>
    /// <param name="file">The file that the plan is of.</param>
    /// <param name="path">What errors call it.</param>
    /// <exception cref="EngineError">A tensor cannot be read, or holds NaN or infinity.</exception>
    public void CopyTo(Program<float> program, ITensorFile file, string path)
    {
        foreach (var (target, sources, make) in Transfers)
        {
            var given = sources.Select(name => TorchLayout.ToEngine(file.Read<float>(name), file.Shapes[name])).ToList();
            var made = new ParameterSet<float>();
            made.Add(target.Name, TorchLayout.ShapeOf(target), make(given));
            program.Write(target, made.Fitting(target, path));
        }
    }
}
