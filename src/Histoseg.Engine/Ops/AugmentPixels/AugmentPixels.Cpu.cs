using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel AugmentPixels(AugmentPixels op, Node node)
    {
        var (colours, labels, rows) = (Bytes(node.Inputs[0]), Bytes(node.Inputs[1]), Real(node.Inputs[2]));
        var (y, target) = (Bytes(node.Outputs[0]), Integers(node.Outputs[1]));
        var size = colours.Shape.H;
        var (density, light) = (op.Density.ToArray(), op.Light.ToArray());
        // One picture after another: its rows blurred sideways wait in the scratch.
        _memory.NeedScratch((long)size * size * 3 * sizeof(float));
        var pictures = new Kernel[colours.Shape.N];
        for (var n = 0; n < pictures.Length; n++)
        {
            var row = new float[rows.Shape.C];
            var first = (long)n * size * size;
            var numbers = rows.Data + n * row.Length;
            var turn = ForRange(size, (firstLine, pastLine) =>
                TurnAndStain(row, size, firstLine, pastLine, colours.Data + first * 3, labels.Data + first, density, light,
                    y.Data + first * 3, target.Data + first));
            var across = ForRange(size, (firstLine, pastLine) => BlurAcross(row, size, firstLine, pastLine, y.Data + first * 3, (float*)_memory.Scratch));
            var down = ForRange(size, (firstLine, pastLine) => BlurDown(row, size, firstLine, pastLine, (float*)_memory.Scratch, y.Data + first * 3));
            pictures[n] = () =>
            {
                for (var i = 0; i < row.Length; i++)
                    row[i] = float.CreateTruncating(numbers[i]);
                turn();
                if (BlurReach(row) == 0)
                    return;
                across();
                down();
            };
        }
        return () =>
        {
            foreach (var picture in pictures)
                picture();
        };
    }

    private static void TurnAndStain(float[] row, int size, int firstLine, int pastLine, byte* colours, byte* labels,
        float[] density, byte[] light, byte* y, int* target)
    {
        var symmetry = (int)row[0];
        var (start, perColumn, perLine) = (0, 1, size);
        if ((symmetry & 1) != 0)
            (start, perColumn) = (size - 1, -1);
        if ((symmetry & 2) != 0)
            (start, perLine) = (start + (size - 1) * size, -size);
        if ((symmetry & 4) != 0)
            (perColumn, perLine) = (perLine, perColumn);
        for (var line = firstLine; line < pastLine; line++)
        {
            for (var column = 0; column < size; column++)
            {
                var (from, to) = (start + line * perLine + column * perColumn, line * size + column);
                var (r, g, b) = (density[colours[from * 3]], density[colours[from * 3 + 1]], density[colours[from * 3 + 2]]);
                for (var c = 0; c < 3; c++)
                    y[to * 3 + c] = light[Math.Clamp(
                        (int)(row[1 + 4 * c] * r + row[2 + 4 * c] * g + row[3 + 4 * c] * b + row[4 + 4 * c]), 0, light.Length - 1)];
                target[to] = labels[from];
            }
        }
    }

    private static void BlurAcross(float[] row, int size, int firstLine, int pastLine, byte* y, float* across)
    {
        var reach = BlurReach(row);
        for (var line = firstLine; line < pastLine; line++)
        {
            var pixels = y + line * size * 3;
            for (var i = 0; i < size * 3; i++)
            {
                var sum = 0f;
                for (var tap = -reach; tap <= reach; tap++)
                    sum += row[Ops.AugmentPixels.WeightsAt + Math.Abs(tap)] * pixels[Math.Clamp(i / 3 + tap, 0, size - 1) * 3 + i % 3];
                across[line * size * 3 + i] = sum;
            }
        }
    }

    private static void BlurDown(float[] row, int size, int firstLine, int pastLine, float* across, byte* y)
    {
        var reach = BlurReach(row);
        for (var line = firstLine; line < pastLine; line++)
        {
            for (var i = 0; i < size * 3; i++)
            {
                var sum = 0.5f;
                for (var tap = -reach; tap <= reach; tap++)
                    sum += row[Ops.AugmentPixels.WeightsAt + Math.Abs(tap)] * across[Math.Clamp(line + tap, 0, size - 1) * size * 3 + i];
                y[line * size * 3 + i] = (byte)Math.Clamp((int)sum, 0, 255);
            }
        }
    }

    /// <summary>How far a row's blur reaches: its last weight that is not 0.</summary>
    private static int BlurReach(float[] row) => Math.Max(0, Array.FindLastIndex(row, weight => weight != 0) - Ops.AugmentPixels.WeightsAt);
}
