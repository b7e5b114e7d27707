using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// How tiles of 4×4 pixels cover the target of a 3×3 convolution of stride 1, and the 6×6 source pixels each reads. With taps further apart than one pixel
/// a tile takes every so many pixels.
/// </summary>
internal sealed unsafe class WinogradGrid
{
    private readonly Shape _source, _target;
    private readonly int _top, _left, _apart, _tilesY, _tilesX;

    /// <summary>The tiles of a convolution that <see cref="WinogradShape.Grid"/> knows.</summary>
    public WinogradGrid(TapGeometry geometry)
    {
        (_source, _target) = (geometry.Source, geometry.Target);
        (_top, _left, _apart) = WinogradShape.Grid(geometry)!.Value;
        (_tilesY, _tilesX) = (Along(_target.H), Along(_target.W));
        Tiles = (long)_target.N * _apart * _apart * _tilesY * _tilesX;
    }

    /// <summary>Tiles of all images.</summary>
    public long Tiles { get; }

    private int Along(int extent) => ((extent + _apart - 1) / _apart + WinogradTransform.Side - 1) / WinogradTransform.Side;

    /// <summary>Where the 36 source pixels of a tile lie, row by row; null outside the map.</summary>
    /// <returns>Whether all lie inside.</returns>
    public bool SourcePixels(long tile, float* map, float** pixels)
    {
        var (n, y, x) = Locate(tile);
        var areInside = true;
        for (var i = 0; i < WinogradTransform.Products; i++)
        {
            var (sy, sx) = (y + _top + i / WinogradTransform.Patch * _apart, x + _left + i % WinogradTransform.Patch * _apart);
            var isInside = (uint)sy < (uint)_source.H && (uint)sx < (uint)_source.W;
            pixels[i] = isInside ? map + ((n * _source.H + sy) * _source.W + sx) * _source.C : null;
            areInside &= isInside;
        }
        return areInside;
    }

    /// <summary>The places of the first channel of a tile's 16 target pixels, row by row; −1 outside the map.</summary>
    public void TargetPlaces(long tile, long* places)
    {
        var (n, y, x) = Locate(tile);
        for (var i = 0; i < WinogradTransform.Side * WinogradTransform.Side; i++)
        {
            var (ty, tx) = (y + i / WinogradTransform.Side * _apart, x + i % WinogradTransform.Side * _apart);
            places[i] = ty < _target.H && tx < _target.W ? ((n * _target.H + ty) * _target.W + tx) * _target.C : -1;
        }
    }

    /// <summary>Image, row and column of a tile's first target pixel.</summary>
    private (long N, int Y, int X) Locate(long tile)
    {
        var (x, rest) = ((int)(tile % _tilesX), tile / _tilesX);
        var (y, map) = ((int)(rest % _tilesY), rest / _tilesY);
        var (offsetX, offsetY) = ((int)(map % _apart), (int)(map / _apart % _apart));
        var side = WinogradTransform.Side * _apart;
        return (map / (_apart * _apart), y * side + offsetY, x * side + offsetX);
    }
}
