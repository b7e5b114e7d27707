using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.SoftwareCuda.Tests.Backend;

namespace Histoseg.SoftwareCuda.Tests.Kernels;

/// <summary>Patches cut on the device are those cut here, turned or not, while blocks come and go.</summary>
public class PatchInputTests
{
    private const int P = 16, Batch = 3, Width = 53, Height = 90, Side = 11;

    // What is normalised by one and nothing is the pixels themselves.
    private static (Tape Tape, Value Image, Value Numbers) Copying()
    {
        var tape = new Tape();
        var image = tape.Input("image", new Shape(Batch, P, P, 3), ElementType.UInt8);
        return (tape, image, tape.Keep(tape.NormalisePixels(image, [0, 0, 0], [1 / 255f, 1 / 255f, 1 / 255f])));
    }

    [Fact]
    public void Patches_are_the_pictures_pixels_in_every_turn()
    {
        var picture = new byte[Width * Height * 3];
        new Random(1).NextBytes(picture);
        var (tape, image, numbers) = Copying();
        using var gpu = new SoftwareGpu(Precision.Fp32);
        using (var program = gpu.Backend.Compile(tape))
        {
            var across = (Width + Side - 1) / Side;
            const int rowsHeld = (P + Side - 2) / Side + 1;
            using var input = program.CreatePatchInput(image, new(rowsHeld * across, Side * Side));
            var blocks = new Dictionary<(int, int), PixelBlock>();
            var batch = new List<(int X, int Y)>();
            // Some hang over the right and the lower edge, and a batch ends rows and begins others.
            for (var y = 0; y < Height; y += 9)
                for (var x = 0; x < Width; x += 8)
                {
                    batch.Add((x, y));
                    if (batch.Count == Batch)
                        Check();
                }

            void Check()
            {
                for (var turn = 0; turn < SquareTurn.Count; turn++)
                {
                    input.Put([.. batch.Select(place => new PatchCut(place.X, place.Y, Blocks(place.X, place.Y)))], turn);
                    program.Run();
                    Assert.Equal(Expected(turn), program.Read(numbers).Select(number => (byte)MathF.Round(number)));
                }
                batch.Clear();
            }

            List<PixelBlock> Blocks(int x, int y) =>
                [.. from row in Enumerable.Range(y / Side, (Math.Min(y + P, Height) - 1) / Side - y / Side + 1)
                    from column in Enumerable.Range(x / Side, (Math.Min(x + P, Width) - 1) / Side - x / Side + 1)
                    select blocks.TryGetValue((column, row), out var block) ? block
                        : blocks[(column, row)] = Cut(row % rowsHeld * across + column, column * Side, row * Side)];

            PixelBlock Cut(int slot, int x, int y)
            {
                var (width, height) = (Math.Min(Side, Width - x), Math.Min(Side, Height - y));
                var rgb = new byte[width * height * 3 + 5];
                for (var row = 0; row < height; row++)
                    picture.AsSpan(((y + row) * Width + x) * 3, width * 3).CopyTo(rgb.AsSpan(row * width * 3));
                return new(slot, x, y, width, height, rgb);
            }

            byte[] Expected(int turn)
            {
                var walk = SquareTurn.Of(turn, P);
                return [.. from place in batch
                    from i in Enumerable.Range(0, P * P)
                    let at = walk.At(i % P, i / P)
                    let x = place.X + at % P
                    let y = place.Y + at / P
                    from channel in Enumerable.Range(0, 3)
                    select x < Width && y < Height ? picture[(y * Width + x) * 3 + channel] : (byte)255];
            }

            // Each block went once.
            Assert.Equal(picture.Length, blocks.Values.Sum(block => block.Width * block.Height * 3));
            Assert.InRange(gpu.Driver.BytesSent, picture.Length, picture.Length + 1000);
        }
        Assert.Empty(gpu.Driver.Faults);
    }

    /// <summary>A GPU that has no room for blocks gets patches, and the same ones.</summary>
    [Fact]
    public void Without_room_for_blocks_patches_are_sent()
    {
        var (tape, image, numbers) = Copying();
        using var gpu = new SoftwareGpu(Precision.Fp32);
        using (var program = gpu.Backend.Compile(tape))
        {
            gpu.Driver.FailNext("MemAlloc", CudaStatus.OutOfMemory);
            using var input = program.CreatePatchInput(image, new(1, P * P));
            var rgb = new byte[P * P * 3];
            new Random(2).NextBytes(rgb);
            var before = gpu.Driver.BytesSent;
            input.Put([new(0, 0, [new(0, 0, 0, P, P, rgb)])], turn: 0);
            Assert.Equal(Batch * rgb.Length, gpu.Driver.BytesSent - before);
            program.Run();
            Assert.Equal(rgb, program.Read(numbers)[..rgb.Length].Select(number => (byte)MathF.Round(number)));
        }
        Assert.Empty(gpu.Driver.Faults);
    }
}
