using System.Globalization;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>Lists of detections as the Camelyon16 challenge takes them: a line <c>confidence,x,y</c> each, level-0 pixels, no heading.</summary>
internal static class DetectionList
{
    /// <summary>Writes a list.</summary>
    /// <exception cref="WriteError">The disk does not take it.</exception>
    public static void Write(string path, IEnumerable<Detection> detections) =>
        WholeFile.WriteText(path,
            string.Concat(detections.Select(detection => FormattableString.Invariant($"{detection.Confidence:0.######},{detection.X},{detection.Y}\n"))));

    /// <summary>Reads a list; blank lines do not count.</summary>
    /// <exception cref="SlideError">The file is missing, or a line is not a confidence and a place.</exception>
    public static IReadOnlyList<Detection> Read(string path)
    {
        if (!File.Exists(path))
            throw new SlideError($"{path}: no such list of detections; a slide without any has an empty one");
        try
        {
            using var text = new StreamReader(InputFile.Open(path));
            return [.. Lines(text).Index().Where(line => !string.IsNullOrWhiteSpace(line.Item))
                .Select(line => Parse(path, line.Index + 1, line.Item.Split(',')))];
        }
        catch (Exception error) when (FileTrouble.Is(error))
        {
            throw new SlideError($"{path}: cannot be read: {FileTrouble.InWords(error)}", error);
        }
    }

    private static IEnumerable<string> Lines(StreamReader text)
    {
        while (text.ReadLine() is { } line)
            yield return line;
    }

    // Whole pixels, though other programs may write 12.0.
    private static Detection Parse(string path, int number, string[] fields) =>
        fields.Length == 3 && Number(fields[0]) is >= 0 and var confidence && Number(fields[1]) is { } x && Number(fields[2]) is { } y
            && Math.Abs(x) < int.MaxValue && Math.Abs(y) < int.MaxValue
            ? new(confidence, (long)Math.Floor(x), (long)Math.Floor(y))
            : throw new SlideError($"{path}, line {number}: '{string.Join(',', fields)}' is not confidence,x,y (a number from 0 up and level-0 pixels; "
                + "no heading)");

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
}
