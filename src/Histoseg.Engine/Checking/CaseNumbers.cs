namespace Histoseg.Engine.Checking;

/// <summary>What one run of a case leaves, in the engine's layout.</summary>
/// <param name="Output">The output.</param>
/// <param name="Gradients">The gradient of each input; null where it has none.</param>
/// <param name="State">Each input that is state, as the run leaves it; null for the others.</param>
internal sealed record CaseNumbers(double[] Output, double[]?[] Gradients, double[]?[] State)
{
    /// <summary>Each tensor with what it is called.</summary>
    /// <param name="state">Whether the state is among them.</param>
    public IEnumerable<(string Name, double[] Numbers)> Named(bool state = true)
    {
        yield return ("output", Output);
        for (var i = 0; i < Gradients.Length; i++)
            if (Gradients[i] is { } gradient)
                yield return ($"gradient of input {i}", gradient);
        for (var i = 0; state && i < State.Length; i++)
            if (State[i] is { } numbers)
                yield return ($"state of input {i}", numbers);
    }
}
