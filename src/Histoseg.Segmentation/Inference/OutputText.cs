using System.Text;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>Writes text files that appear whole or not at all.</summary>
internal static class OutputText
{
    /// <summary>Writes UTF-8 text to <paramref name="path"/>, making the folder where needed.</summary>
    /// <exception cref="OutputError">The folder or the disk does not take it.</exception>
    public static void Write(string path, string text)
    {
        try
        {
            using var file = new PartialFile(path);
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Complete();
        }
        catch (Exception error) when (OutputError.Is(error))
        {
            throw new OutputError(path, error);
        }
    }
}
