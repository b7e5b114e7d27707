namespace Histoseg.Engine.Checkpoints;

/// <summary>Writes files that appear whole or not at all.</summary>
public static class WholeFile
{
    /// <summary>Writes a temporary file beside <paramref name="path"/>, flushes it to disk and renames it into place.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes its content.</param>
    /// <param name="check">Given the finished temporary file, throws if it shall not become the file; null: it always does.</param>
    /// <exception cref="EngineError">The folder is not writable or the disk is full; nothing is left behind and an earlier file stays.</exception>
    public static void Write(string path, Action<Stream> write, Action<string>? check = null)
    {
        var partial = $"{path}.partial-{Environment.ProcessId}";
        try
        {
            using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }
            check?.Invoke(partial);
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(partial);
            var message = $"{path}: cannot be written ({e.Message}); check that the folder is writable and the disk has room";
            throw new EngineError(message, e) { CannotWrite = true };
        }
        catch
        {
            TryDelete(partial);
            throw;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone or read-only: there is nothing to clean up.
        }
    }
}
