using System.Text;

namespace Histoseg.Segmentation.Inference;

/// <summary>Writes text files that appear whole or not at all.</summary>
internal static class WholeFile
{
    /// <summary>Writes UTF-8 text to <paramref name="path"/> by way of a file beside it, making the folder where needed.</summary>
    /// <exception cref="OutputError">The folder or the disk does not take it.</exception>
    public static void Write(string path, string text)
    {
        var partial = $"{path}.partial-{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            try
            {
                using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write))
                {
                    file.Write(Encoding.UTF8.GetBytes(text));
                    file.Flush(flushToDisk: true);
                }
                File.Move(partial, path, overwrite: true);
            }
            catch
            {
                File.Delete(partial);
                throw;
            }
        }
        catch (Exception error) when (OutputError.Is(error))
        {
            throw new OutputError(path, error);
        }
    }
}
