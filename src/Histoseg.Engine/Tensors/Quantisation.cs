namespace Histoseg.Engine.Tensors;

/// <summary>
/// How real numbers are bytes: a number is Scale · (byte − ZeroPoint), as in ONNX <c>QuantizeLinear</c> and PyTorch's per-tensor affine scheme.
/// </summary>
/// <param name="Scale">What a step of one byte is worth; above 0.</param>
/// <param name="ZeroPoint">The byte that is 0, so that padding is exact; 0 to 255.</param>
public readonly record struct Quantisation(float Scale, int ZeroPoint)
{
    /// <summary>Steps of a byte.</summary>
    private const int Steps = 255;

    /// <summary>Whether both are in range.</summary>
    public bool IsValid => Scale > 0 && float.IsFinite(1 / Scale) && float.IsFinite(Scale) && ZeroPoint is >= 0 and <= Steps;

    /// <summary>The bytes for numbers from <paramref name="low"/> to <paramref name="high"/>, 0 among them; what is outside becomes the nearer end.</summary>
    public static Quantisation Of(double low, double high)
    {
        (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        // A map that is 0 throughout has any scale.
        var scale = high > low ? (float)((high - low) / Steps) : 1;
        return new(scale, (int)Math.Clamp(Math.Round(-low / scale), 0, Steps));
    }
}
