namespace Histoseg.Slides.Synthesis;

/// <summary>Amounts of the two stains at one pixel.</summary>
internal struct Stain
{
    /// <summary>Haematoxylin (blue-violet), optical-density units.</summary>
    public float Haematoxylin;

    /// <summary>Eosin (pink), optical-density units.</summary>
    public float Eosin;

    /// <summary>Moves towards other amounts: 0 stays, 1 replaces.</summary>
    public void Blend(float share, float haematoxylin, float eosin)
    {
        Haematoxylin += share * (haematoxylin - Haematoxylin);
        Eosin += share * (eosin - Eosin);
    }

    /// <summary>Takes a share of both stains away.</summary>
    public void Fade(float share)
    {
        Haematoxylin *= 1 - share;
        Eosin *= 1 - share;
    }

    /// <summary>Lays a nucleus over what is there; overlapping nuclei darken each other a little, as in a section of some thickness.</summary>
    public void Cover(float share, float haematoxylin)
    {
        var over = Math.Max(haematoxylin, 0.85f * Haematoxylin + 0.25f * haematoxylin);
        Blend(share, over, 0.6f * Eosin);
    }
}

/// <summary>Soft steps shared by everything that is drawn.</summary>
internal static class Shape
{
    /// <summary>0 below −<paramref name="half"/>, 1 above +<paramref name="half"/>, smooth between.</summary>
    public static float Step(float value, float half)
    {
        var t = Math.Clamp(value / half * 0.5f + 0.5f, 0, 1);
        return t * t * (3 - 2 * t);
    }
}

/// <summary>The stains of a square part of a slide while it is drawn. Pixel (0, 0) is the tile's corner.</summary>
internal sealed class StainTile(int size)
{
    private readonly Stain[] _stains = new Stain[size * size];
    private int _left, _top;
    private float _mpp;

    /// <summary>Pixels in use across.</summary>
    public int Width { get; private set; }

    /// <summary>Pixels in use down.</summary>
    public int Height { get; private set; }

    /// <summary>Moves the tile to a place of the slide (pixels).</summary>
    public void MoveTo(int left, int top, int width, int height, double mpp)
    {
        (_left, _top, Width, Height, _mpp) = (left, top, width, height, (float)mpp);
        Array.Clear(_stains);
    }

    /// <summary>The stains of a pixel.</summary>
    public ref Stain At(int column, int row) => ref _stains[row * size + column];

    /// <summary>Where the centre of a column lies on the slide, µm.</summary>
    public float MicronsX(int column) => (_left + column + 0.5f) * _mpp;

    /// <summary>Where the centre of a row lies on the slide, µm.</summary>
    public float MicronsY(int row) => (_top + row + 0.5f) * _mpp;

    /// <summary>The pixels of the tile that lie in the square around a point, µm.</summary>
    public (int Left, int Top, int Right, int Bottom) PixelsWithin(double x, double y, double reach) => (
        Math.Clamp((int)Math.Floor((x - reach) / _mpp) - _left, 0, Width),
        Math.Clamp((int)Math.Floor((y - reach) / _mpp) - _top, 0, Height),
        Math.Clamp((int)Math.Ceiling((x + reach) / _mpp) - _left, 0, Width),
        Math.Clamp((int)Math.Ceiling((y + reach) / _mpp) - _top, 0, Height));
}
