using Histoseg.Engine;

namespace Histoseg.Segmentation.Studies;

/// <summary>Keeps two programs from making one run at once: tables of a study share runs, and may be made side by side.</summary>
internal static class RunLock
{
    /// <summary>Takes a run folder until disposed; a killed program's hold ends with it.</summary>
    /// <exception cref="EngineError">Another program has it.</exception>
    public static IDisposable Take(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "run.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error)
        {
            throw new EngineError($"{folder}: another program is at work on this run; wait for it, then start the same command again", error);
        }
    }
}
