using System.IO.Compression;
using Histoseg.View.Sources;

namespace Histoseg.View.Slides;

/// <summary>Makes what the page asks for of a slide, a few things at a time, and keeps it for a while.</summary>
/// <param name="pool">The open slides.</param>
/// <param name="mostBytes">How much is kept.</param>
internal sealed class SlideTiles(SlidePool pool, long mostBytes)
{
    private readonly ByteCache _cache = new(mostBytes);
    private readonly SemaphoreSlim _turns = new(Math.Max(2, Environment.ProcessorCount));

    /// <summary>Bytes kept now.</summary>
    public long Bytes => _cache.Bytes;

    /// <summary>A tile of the picture as JPEG; empty: there is no such tile.</summary>
    public Task<byte[]> Picture(ViewedSlide slide, int level, int column, int row, CancellationToken cancel) =>
        Get(slide, Figures.Text($"picture/{level}/{column}/{row}"), content => PictureTiles.Make(content.Picture, level, column, row) ?? [], cancel);

    /// <summary>A small picture as JPEG.</summary>
    public Task<byte[]> Thumbnail(ViewedSlide slide, CancellationToken cancel) =>
        Get(slide, "thumbnail", content => PictureTiles.Thumbnail(content.Picture), cancel);

    /// <summary>A tile of a map, a byte for a pixel, packed with gzip; empty: there is no such tile or map.</summary>
    public Task<byte[]> Map(ViewedSlide slide, MapKind kind, int level, int column, int row, CancellationToken cancel) =>
        Get(slide, Figures.Text($"{kind}/{level}/{column}/{row}"), content => Packed(MapTile(content, kind, level, column, row)), cancel);

    /// <summary>Something else that is worth keeping, packed with gzip.</summary>
    public Task<byte[]> Other(ViewedSlide slide, string key, Func<SlideContent, byte[]> make, CancellationToken cancel) =>
        Get(slide, key, content => Packed(make(content)), cancel);

    private static byte[] MapTile(SlideContent content, MapKind kind, int level, int column, int row) =>
        content.Grid.TileAt(level, column, row) is not { IsEmpty: false } part ? []
        : kind switch
        {
            MapKind.Labels => content.HasLabels ? content.Labels(level, part) : [],
            MapKind.Heat => content.HasHeat ? content.Heat(level, part) : [],
            _ => content.Truth is null ? [] : content.TruthAt(level, part),
        };

    private static byte[] Packed(byte[] bytes)
    {
        if (bytes.Length == 0)
            return [];
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
            zip.Write(bytes);
        return packed.ToArray();
    }

    private Task<byte[]> Get(ViewedSlide slide, string key, Func<SlideContent, byte[]> make, CancellationToken cancel) =>
        _cache.Get($"{slide.Id}/{slide.Version}/{key}", async unwanted =>
        {
            await _turns.WaitAsync(unwanted);
            try
            {
                return await Task.Run(() =>
                {
                    using var lease = pool.Take(slide);
                    return make(lease.Content);
                }, unwanted);
            }
            finally
            {
                _turns.Release();
            }
        }, cancel);
}
