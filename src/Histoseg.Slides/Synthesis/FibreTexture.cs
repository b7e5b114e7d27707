namespace Histoseg.Slides.Synthesis;

/// <summary>Collagen: noise smeared along a flow (line integral convolution). The flow winds through the stroma and bends round glands and nests.</summary>
internal sealed class FibreTexture
{
    // The flow follows the level lines of a potential that is kept on a grid of this spacing, µm; the texture itself has 1 µm.
    private const double Cell = 4;
    private const int HalfLength = 16;

    private readonly int _columns, _rows, _width, _height;
    private readonly float[] _flowX, _flowY, _texture;

    public FibreTexture(TissueLayout layout, ulong seed)
    {
        (_columns, _rows) = ((int)Math.Ceiling(layout.Width / Cell) + 2, (int)Math.Ceiling(layout.Height / Cell) + 2);
        (_width, _height) = ((int)Math.Ceiling(layout.Width) + 2, (int)Math.Ceiling(layout.Height) + 2);
        (_flowX, _flowY) = Flow(Potential(layout, new GradientNoise(seed)));
        _texture = Smear(new GradientNoise(seed + 1));
    }

    /// <summary>Unit vector along the fibres.</summary>
    public (float X, float Y) Direction(double x, double y)
    {
        var column = Math.Clamp((int)(x / Cell), 0, _columns - 1);
        var row = Math.Clamp((int)(y / Cell), 0, _rows - 1);
        return (_flowX[row * _columns + column], _flowY[row * _columns + column]);
    }

    /// <summary>Thickness of the fibres at a point: mean 0, standard deviation about 1.</summary>
    public float At(double x, double y)
    {
        var (column, row) = (Math.Clamp((int)x, 0, _width - 2), Math.Clamp((int)y, 0, _height - 2));
        var (u, v) = ((float)(x - column), (float)(y - row));
        var i = row * _width + column;
        var top = _texture[i] + u * (_texture[i + 1] - _texture[i]);
        var bottom = _texture[i + _width] + u * (_texture[i + _width + 1] - _texture[i + _width]);
        return top + v * (bottom - top);
    }

    private float[] Potential(TissueLayout layout, GradientNoise noise)
    {
        var potential = new float[_columns * _rows];
        Parallel.For(0, _rows, row =>
        {
            for (var column = 0; column < _columns; column++)
            {
                var (x, y) = (column * Cell, row * Cell);
                potential[row * _columns + column] = 110 * noise.Fractal(x / 230, y / 230, 2) + 5 * noise.At(x / 24, y / 24);
            }
        });
        foreach (var structure in layout.Structures.Where(s => s.BendsFibres))
        {
            var outline = structure.Outline;
            var reach = outline.Reach + 70;
            for (var row = Math.Max(0, (int)((outline.Y - reach) / Cell)); row < Math.Min(_rows, (outline.Y + reach) / Cell); row++)
                for (var column = Math.Max(0, (int)((outline.X - reach) / Cell)); column < Math.Min(_columns, (outline.X + reach) / Cell); column++)
                    potential[row * _columns + column] += 70 * (float)Math.Exp(Math.Min(0, outline.Depth(column * Cell, row * Cell)) / 22);
        }
        return potential;
    }

    private (float[], float[]) Flow(float[] potential)
    {
        var (flowX, flowY) = (new float[potential.Length], new float[potential.Length]);
        for (var row = 0; row < _rows; row++)
            for (var column = 0; column < _columns; column++)
            {
                float P(int i, int j) => potential[Math.Clamp(row + j, 0, _rows - 1) * _columns + Math.Clamp(column + i, 0, _columns - 1)];
                var (x, y) = (P(0, -1) - P(0, 1), P(1, 0) - P(-1, 0));
                var length = MathF.Sqrt(x * x + y * y) + 1e-6f;
                (flowX[row * _columns + column], flowY[row * _columns + column]) = (x / length, y / length);
            }
        return (flowX, flowY);
    }

    private float[] Smear(GradientNoise noise)
    {
        var grain = new float[_width * _height];
        Parallel.For(0, _height, row =>
        {
            for (var column = 0; column < _width; column++)
                grain[row * _width + column] = 1.3f * (noise.Cell(column, row, 7) - 0.5f)
                    + 1.1f * noise.At(column / 4.5, row / 4.5) + 0.9f * noise.At(column / 13.0, row / 13.0);
        });
        var smeared = new float[grain.Length];
        Parallel.For(0, _height, row =>
        {
            for (var column = 0; column < _width; column++)
                smeared[row * _width + column] = grain[row * _width + column]
                    + Follow(grain, column, row, 1) + Follow(grain, column, row, -1);
        });
        var mean = smeared.Average();
        var deviation = MathF.Sqrt(smeared.Average(s => (s - mean) * (s - mean)));
        for (var i = 0; i < smeared.Length; i++) smeared[i] = (smeared[i] - mean) / deviation;
        return smeared;
    }

    private float Follow(float[] grain, float x, float y, float step)
    {
        var sum = 0f;
        for (var i = 0; i < HalfLength; i++)
        {
            var (dx, dy) = Direction(x, y);
            x = Math.Clamp(x + step * dx, 0, _width - 1);
            y = Math.Clamp(y + step * dy, 0, _height - 1);
            sum += grain[(int)(y + 0.5f) * _width + (int)(x + 0.5f)];
        }
        return sum;
    }
}
