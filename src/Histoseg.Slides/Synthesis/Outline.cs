using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Synthesis;

/// <summary>A closed curve around a centre: an ellipse whose radius is modulated by a few harmonics of the angle. Lengths in µm.</summary>
internal sealed class Outline
{
    private readonly double _cos, _sin, _aspect;
    private readonly (double Cosine, double Sine)[] _harmonics;

    /// <summary>Draws a random outline.</summary>
    /// <param name="x">Centre, µm.</param>
    /// <param name="y">Centre, µm.</param>
    /// <param name="radius">Radius of the circle of about the same area, µm.</param>
    /// <param name="stretch">Long axis over short axis at most.</param>
    /// <param name="irregularity">Standard deviation of the harmonics together, as a share of the radius.</param>
    /// <param name="harmonics">How many harmonics, from the second on.</param>
    /// <param name="random">Where the shape is drawn from.</param>
    public Outline(double x, double y, double radius, double stretch, double irregularity, int harmonics, ref CounterRandom random)
    {
        X = x;
        Y = y;
        Radius = radius;
        var angle = random.Range(0, Math.PI);
        (_sin, _cos) = Math.SinCos(angle);
        _aspect = Math.Sqrt(random.Range(1, stretch));
        _harmonics = new (double, double)[harmonics];
        var total = 0.0;
        for (var k = 0; k < harmonics; k++) total += 1.0 / ((k + 1) * (k + 1));
        var reach = 0.0;
        for (var k = 0; k < harmonics; k++)
        {
            var phase = random.Range(0, 2 * Math.PI);
            var height = irregularity * Math.Sqrt(2 / total) / (k + 1) * random.Range(0.7, 1.3);
            reach += height;
            _harmonics[k] = (height * Math.Cos(phase), height * Math.Sin(phase));
        }
        Reach = radius * _aspect * (1 + reach);
    }

    /// <summary>Centre, µm.</summary>
    public double X { get; }

    /// <summary>Centre, µm.</summary>
    public double Y { get; }

    /// <summary>Radius of the circle of about the same area, µm.</summary>
    public double Radius { get; }

    /// <summary>No point of the curve is farther from the centre than this, µm.</summary>
    public double Reach { get; }

    /// <summary>How far inside a point lies: about the distance to the curve in µm, negative outside.</summary>
    public double Depth(double x, double y)
    {
        var (u, v) = ToOwn(x - X, y - Y);
        var distance = Math.Sqrt(u * u + v * v);
        if (distance < 1e-9) return Radius;
        return (Radius * Modulation(u / distance, v / distance) - distance) / _aspect;
    }

    /// <summary>The curve as a polygon.</summary>
    /// <param name="count">How many corners.</param>
    public (double X, double Y)[] ToPolygon(int count)
    {
        var corners = new (double X, double Y)[count];
        for (var i = 0; i < count; i++) corners[i] = At(2 * Math.PI * i / count);
        return corners;
    }

    /// <summary>The point of the curve at an angle (of the shape's own frame).</summary>
    public (double X, double Y) At(double angle)
    {
        var (sin, cos) = Math.SinCos(angle);
        var radius = Radius * Modulation(cos, sin);
        var (u, v) = (radius * cos * _aspect, radius * sin / _aspect);
        return (X + _cos * u - _sin * v, Y + _sin * u + _cos * v);
    }

    private (double U, double V) ToOwn(double dx, double dy) =>
        ((_cos * dx + _sin * dy) / _aspect, (_cos * dy - _sin * dx) * _aspect);

    // cos kθ and sin kθ by the angle-addition rule: no arc tangent per pixel.
    private double Modulation(double cos, double sin)
    {
        var (c, s) = (cos, sin);
        var sum = 1.0;
        foreach (var (cosine, sine) in _harmonics)
        {
            (c, s) = (c * cos - s * sin, s * cos + c * sin);
            sum += cosine * c + sine * s;
        }
        return sum;
    }
}
