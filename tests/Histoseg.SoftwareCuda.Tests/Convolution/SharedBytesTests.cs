using System.Text;
using System.Text.RegularExpressions;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>The shared memory that launches ask for is what the kernels say they use.</summary>
public partial class SharedBytesTests
{
    [Theory]
    [InlineData(Precision.Bf16)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Fp32)]
    public void Host_and_kernels_agree(Precision precision)
    {
        foreach (var kind in Enum.GetValues<ConvolutionKind>())
            foreach (var channels in new[] { 64, 3 })
            {
                var problem = new ConvolutionProblem(kind, ConvWindow.Square(1), new(1, 4, 4, channels), new(1, 4, 4, channels), precision);
                var (isGradient, isTransposed) = (kind == ConvolutionKind.WeightGradient, kind == ConvolutionKind.Transposed);
                var ptx = Encoding.UTF8.GetString(CudaDevice.Ptx(isGradient ? $"conv_wgrad_{problem.Suffix}" : $"conv_{problem.Suffix}"));
                foreach (var tile in OwnTile.For(problem))
                {
                    var entry = $"{(isGradient ? "conv_wgrad_" : isTransposed ? "conv_transposed_" : "conv_")}{tile.Name}";
                    var body = ptx[ptx.IndexOf($".entry {entry}(", StringComparison.Ordinal)..];
                    Assert.Equal((entry, tile.SharedBytes(problem.Element, acrossA: isGradient, acrossB: isGradient || isTransposed)),
                        (entry, int.Parse(Said().Match(body).Groups[1].Value)));
                }
            }
    }

    [GeneratedRegex(@"// shared memory: (\d+) bytes")]
    private static partial Regex Said();
}
