using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Tensors;

namespace Histoseg.GpuCheck.Tests;

/// <summary>What is kept of a tensor shows every wrong element, also of those that are not kept.</summary>
public class ReferenceTensorTests
{
    /// <summary>300 elements, more than are kept whole, the channels in a layout of their own.</summary>
    private static readonly Shape Large = new(5, 3, 2, 10);

    private static readonly double[] Elements = [.. Enumerable.Range(0, 300).Select(i => Math.Sin(i))];

    [Fact]
    public void A_small_tensor_is_kept_whole_in_PyTorchs_order()
    {
        var kept = ReferenceTensor.Reduce<float>([1, 2, 3, 4, 5, 6], new Shape(1, 1, 3, 2));
        Assert.Equal([1, 3, 5, 2, 4, 6], kept.Elements);
        Assert.Empty(kept.Sums);
    }

    [Fact]
    public void Of_a_large_one_every_17th_element_and_sums_are_kept()
    {
        var kept = ReferenceTensor.Reduce<double>(Elements, Large);
        var torch = TorchLayout.ToTorch<double>(Elements, Large);
        Assert.Equal(torch.Where((_, i) => i % 17 == 0), kept.Elements);
        Assert.Equal(10, kept.Sums.Length);
        Assert.Equal(torch.Sum(), kept.Sums[0], 1e-12);
        Assert.Equal(torch.Where((_, i) => i % 2 == 1).Sum(), kept.Sums[1], 1e-12);
        Assert.Equal(torch[256..].Sum(), kept.Sums[9], 1e-12);
    }

    [Fact]
    public void One_wrong_element_anywhere_moves_the_first_sum_by_its_error()
    {
        var kept = ReferenceTensor.Reduce<double>(Elements, Large);
        for (var i = 0; i < Elements.Length; i++)
        {
            var wrong = (double[])Elements.Clone();
            wrong[i] += 1e-8;
            Assert.Equal(1e-8, ReferenceTensor.Reduce<double>(wrong, Large).Sums[0] - kept.Sums[0], 1e-12);
        }
    }

    [Fact]
    public void Two_exchanged_elements_move_a_sum()
    {
        var kept = ReferenceTensor.Reduce<double>(Elements, Large);
        for (var i = 1; i < Elements.Length; i++)
        {
            var wrong = (double[])Elements.Clone();
            (wrong[i], wrong[i / 2]) = (wrong[i / 2], wrong[i]);
            var moved = ReferenceTensor.Reduce<double>(wrong, Large).Sums.Zip(kept.Sums, (a, b) => Math.Abs(a - b)).Max();
            Assert.Equal(Math.Abs(Elements[i] - Elements[i / 2]), moved, 1e-12);
        }
    }

    [Fact]
    public void A_file_of_another_tensor_is_refused()
    {
        using var folder = new TempFolder();
        var writer = new SafeTensorsWriter();
        writer.Add<double>("grad.w", [18], new double[18]);
        writer.Add<double>("sums.grad.w", [9], new double[9]);
        writer.Save(folder["step.safetensors"]);
        using var file = SafeTensors.Open(folder["step.safetensors"]);
        Assert.Contains("9 numbers instead of 10", Assert.Throws<EngineError>(() => ReferenceTensor.Read(file, "grad.w", Large)).Message);
        Assert.Contains("18 numbers instead of 17", Assert.Throws<EngineError>(() => ReferenceTensor.Read(file, "grad.w", Shape.Vector(280))).Message);
    }
}
