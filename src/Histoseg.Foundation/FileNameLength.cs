using System.Text;

namespace Histoseg.Foundation;

/// <summary>How long a file's name may be: 255 bytes on Linux, where a letter takes one to four; 255 letters elsewhere, which is no less.</summary>
public static class FileNameLength
{
    /// <summary>The most bytes a name has in UTF-8.</summary>
    public const int Longest = 255;

    /// <summary>The beginning of a name that has at most so many bytes, cut between letters.</summary>
    public static string Cut(string name, int bytes)
    {
        if (Encoding.UTF8.GetByteCount(name) <= bytes)
            return name;
        var (length, taken) = (0, 0);
        foreach (var rune in name.EnumerateRunes())
        {
            taken += rune.Utf8SequenceLength;
            if (taken > bytes)
                break;
            length += rune.Utf16SequenceLength;
        }
        return name[..length];
    }
}
