using System.Security.Cryptography;
using System.Text.Json;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.View.Slides;

namespace Histoseg.View.Corrections;

/// <summary>A slide's corrections on the disk, QuPath's GeoJSON: what the page draws, and what QuPath opens and saves again.</summary>
internal static class CorrectionFile
{
    /// <summary>Most bytes of a file that the page may send.</summary>
    public const int MostBytes = 64 << 20;

    /// <summary>The tag of a file that is not there.</summary>
    public const string None = "none";

    private static readonly Lock _saving = new();

    /// <summary>The file, and a tag that another content does not have.</summary>
    /// <exception cref="SlideError">It cannot be read.</exception>
    public static (byte[] Content, string Tag) Read(string path)
    {
        if (!File.Exists(path))
            return ("{\"type\":\"FeatureCollection\",\"features\":[]}"u8.ToArray(), None);
        var content = InputFile.ReadAllBytes(path);
        return (content, TagOf(content));
    }

    /// <summary>Saves what the page has.</summary>
    /// <param name="content">The slide.</param>
    /// <param name="geoJson">A FeatureCollection.</param>
    /// <param name="expected">The tag of what it was made from.</param>
    /// <returns>The new tag; null: another program has saved something since, and nothing was done.</returns>
    /// <exception cref="SlideError">It is no annotation of this slide.</exception>
    /// <exception cref="WriteError">The folder cannot be written.</exception>
    public static string? Save(SlideContent content, byte[] geoJson, string expected)
    {
        var path = content.Description.Corrections ?? throw new SlideError("this slide cannot be corrected");
        RequireCollection(geoJson);
        lock (_saving)
        {
            if (Read(path).Tag != expected)
                return null;
            var size = content.Picture.Levels[0];
            WholeFile.Write(path, file => file.Write(geoJson), written => AnnotationCheck.RequireInside(AnnotationFile.Load(written), size.Width, size.Height));
        }
        return TagOf(geoJson);
    }

    // Whatever else can be read as an annotation is not what the page sends.
    private static void RequireCollection(byte[] geoJson)
    {
        try
        {
            using var json = JsonDocument.Parse(BareNumbers.Replaced(geoJson)); // QuPath's NaN among measurements stays
            if (json.RootElement.GetProperty("type").GetString() == "FeatureCollection")
                return;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // Told below.
        }
        throw new SlideError("the corrections are no GeoJSON FeatureCollection");
    }

    private static string TagOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content))[..16];
}
