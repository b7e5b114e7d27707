namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>A <see cref="TapGeometry"/> as the kernels read it: eight integers per phase, then four per tap (<c>kernels/conv.cuh</c>).</summary>
internal static class TapTable
{
    public static int[] Of(TapGeometry geometry)
    {
        var table = new List<int>();
        var first = 2 * geometry.Phases.Length;
        foreach (var phase in geometry.Phases)
        {
            table.AddRange([phase.OffsetY, phase.OffsetX, phase.Height, phase.Width, first, phase.Taps.Length, 0, 0]);
            first += phase.Taps.Length;
        }
        foreach (var phase in geometry.Phases)
            foreach (var run in phase.Runs)
                for (var t = 0; t < run.Count; t++)
                    table.AddRange([run.Dy, run.Dx + t, checked((run.Dy * geometry.Source.W + run.Dx + t) * geometry.Source.C), phase.Taps[run.Start + t]]);
        return [.. table];
    }
}
