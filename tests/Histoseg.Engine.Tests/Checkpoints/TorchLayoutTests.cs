using FsCheck.Xunit;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Checkpoints;

public class TorchLayoutTests
{
    [Property(MaxTest = 60)]
    public void Every_element_finds_its_place_and_the_way_back(byte a, byte b, byte h, byte w)
    {
        var shape = new Shape(a % 5 + 1, h % 4 + 1, w % 6 + 1, b % 7 + 1);
        var torch = Enumerable.Range(0, (int)shape.Count).ToArray();
        var engine = new int[torch.Length];
        TorchLayout.ToEngine<int>(torch, shape, engine);
        Assert.Equal(torch, TorchLayout.ToTorch<int>(engine, shape));
        var at = 0;
        for (var n = 0; n < shape.N; n++)
            for (var y = 0; y < shape.H; y++)
                for (var x = 0; x < shape.W; x++)
                    for (var c = 0; c < shape.C; c++)
                        Assert.Equal(((n * shape.C + c) * shape.H + y) * shape.W + x, engine[at++]);
    }

    [Fact]
    public void Shapes_are_those_of_PyTorch()
    {
        var tape = new Tape();
        Assert.Equal([5, 2, 3, 4], TorchLayout.ShapeOf(tape.Parameter("w", new Shape(5, 3, 4, 2))));
        Assert.Equal([7], TorchLayout.ShapeOf(tape.VectorParameter("b", 7)));
        Assert.Equal([7], TorchLayout.ShapeOf(tape.State("m", Shape.Vector(7), rank: 1)));
    }
}
