namespace Histoseg.Slides.Synthesis;

/// <summary>Draws a layout as RGB, tile by tile: stains first, then light through them.</summary>
internal sealed class SlideRenderer(TissueLayout layout, StainProfile stains, double mpp, ulong seed)
{
    private const int TileSize = 128;
    private readonly GradientNoise _noise = new(seed);

    /// <summary>Draws everything.</summary>
    /// <returns>height × width × 3 bytes.</returns>
    public byte[] Draw(int width, int height)
    {
        var rgb = new byte[(long)width * height * 3];
        var columns = (width + TileSize - 1) / TileSize;
        var rows = (height + TileSize - 1) / TileSize;
        var structures = Sort(layout.Structures, s => (s.Outline.X, s.Outline.Y, s.Outline.Reach + 4), columns, rows);
        var nuclei = Sort(layout.Nuclei, n => (n.X, n.Y, n.Reach), columns, rows);
        Parallel.For(0, rows, () => new StainTile(TileSize), (row, _, tile) =>
        {
            for (var column = 0; column < columns; column++)
            {
                var (left, top) = (column * TileSize, row * TileSize);
                tile.MoveTo(left, top, Math.Min(TileSize, width - left), Math.Min(TileSize, height - top), mpp);
                DrawTile(tile, structures[row * columns + column], nuclei[row * columns + column]);
                Develop(tile, left, top, rgb, width);
            }
            return tile;
        }, _ => { });
        return rgb;
    }

    // Lists for every tile what touches it, in drawing order.
    private List<T>[] Sort<T>(List<T> items, Func<T, (double X, double Y, double Reach)> place, int columns, int rows)
    {
        var tiles = new List<T>[columns * rows];
        for (var i = 0; i < tiles.Length; i++) tiles[i] = [];
        var size = TileSize * mpp;
        foreach (var item in items)
        {
            var (x, y, reach) = place(item);
            for (var row = Math.Max(0, (int)((y - reach) / size)); row <= Math.Min(rows - 1, (int)((y + reach) / size)); row++)
                for (var column = Math.Max(0, (int)((x - reach) / size)); column <= Math.Min(columns - 1, (int)((x + reach) / size)); column++)
                    tiles[row * columns + column].Add(item);
        }
        return tiles;
    }

    private void DrawTile(StainTile tile, List<Structure> structures, List<Nucleus> nuclei)
    {
        for (var row = 0; row < tile.Height; row++)
            for (var column = 0; column < tile.Width; column++)
                Stroma(tile.MicronsX(column), tile.MicronsY(row), ref tile.At(column, row));
        foreach (var structure in structures)
        {
            var outline = structure.Outline;
            var area = tile.PixelsWithin(outline.X, outline.Y, outline.Reach + 4);
            for (var row = area.Top; row < area.Bottom; row++)
                for (var column = area.Left; column < area.Right; column++)
                    structure.Shade(tile.MicronsX(column), tile.MicronsY(row), ref tile.At(column, row));
        }
        foreach (var nucleus in nuclei) nucleus.Paint(tile, stains.EdgeSoftness, _noise);
    }

    private void Stroma(float x, float y, ref Stain stain)
    {
        var depth = (float)layout.TissueDepth(x, y);
        if (depth < -3) return;
        var fibre = layout.Fibres.At(x, y);
        var loose = layout.Patchiness(y + 400, x);
        stain.Eosin = Math.Max(0.05f, 0.44f + 0.11f * fibre - 0.06f * loose + 0.05f * _noise.At(x / 2.2, y / 2.2));
        stain.Haematoxylin = 0.07f + 0.025f * fibre;
        // Gaps between the bundles, more of them where the tissue is loose.
        stain.Fade(0.85f * Shape.Step(-fibre - 1.35f + 1.3f * loose, 0.35f));
        stain.Eosin += 0.12f * MathF.Exp(-(depth - 3) * (depth - 3) / 8);
        stain.Fade(1 - Shape.Step(depth, 1.5f));
    }

    // Beer and Lambert, with slowly varying section thickness, a little shade and the noise of the camera.
    private void Develop(StainTile tile, int left, int top, byte[] rgb, int width)
    {
        for (var row = 0; row < tile.Height; row++)
            for (var column = 0; column < tile.Width; column++)
            {
                var (x, y) = (tile.MicronsX(column), tile.MicronsY(row));
                ref var stain = ref tile.At(column, row);
                var slow = _noise.At(x / 310, y / 310);
                var thickness = 1 + 0.22f * slow;
                var light = 1 + 0.012f * slow;
                var pixel = ((long)(top + row) * width + left + column) * 3;
                for (var channel = 0; channel < 3; channel++)
                {
                    var noise = 3.2f * (_noise.Cell(left + column, top + row, 11 + (uint)channel) - 0.5f);
                    var value = stains.Glass[channel] * light * stains.Transmittance(channel, stain.Haematoxylin * thickness, stain.Eosin * thickness) + noise;
                    rgb[pixel + channel] = (byte)Math.Clamp(value + 0.5f, 0, 255);
                }
            }
    }
}
