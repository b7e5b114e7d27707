using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Histoseg.Engine.Checkpoints.Torch;

namespace Histoseg.Engine.Tests.Checkpoints;

/// <summary>Files that PyTorch itself wrote, where there is one (Debian: python3-torch).</summary>
public sealed class PyTorchFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("histoseg-torch").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Hold_the_numbers_that_PyTorch_has_or_are_refused()
    {
        var script = Path.Combine(AppContext.BaseDirectory, "python", "torch_saves.py");
        var python = new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => Run(python, "-c", "import torch") is null);
        Skip.If(python is null, "PyTorch is not installed (Debian, Ubuntu: python3-torch)");
        Assert.Null(Run(python, script, _folder));
        var tensors = File.ReadLines(Path.Combine(_folder, "numbers.txt")).Select(line => line.Split(';')).ToList();
        Assert.Equal(7, tensors.Count);
        Holds("plain.pth", "", tensors);
        Holds("checkpoint.pth", "state_dict.module.", tensors);
        Holds("strided.pth", "", tensors);
        Holds("half.pth", "", tensors, ownError: 1f / 2048);
        Holds("bfloat16.pth", "", tensors, ownError: 1f / 256);
        foreach (var (file, told) in new[]
            { ("legacy.pth", "not a sound file of torch.save"), ("whole.pth", "torch.save("), ("script.pt", "torch.save(") })
            Assert.Contains(told, Assert.Throws<EngineError>(() => Open(file)).Message);
    }

    private void Holds(string file, string prefix, List<string[]> tensors, float ownError = 0)
    {
        const float least = 1f / (1 << 14); // below it half precision's steps shrink no more
        using var saved = Open(file);
        foreach (var fields in tensors)
        {
            Assert.Equal(fields[1].Split(' ').Select(long.Parse), saved.Shapes[prefix + fields[0]]);
            var numbers = saved.Read<float>(prefix + fields[0]);
            var expected = MemoryMarshal.Cast<byte, float>(Convert.FromHexString(fields[2])).ToArray();
            Assert.Equal(expected.Length, numbers.Length);
            for (var i = 0; i < numbers.Length; i++)
                Assert.InRange(Math.Abs(expected[i] - numbers[i]), 0, ownError * Math.Max(Math.Abs(expected[i]), least));
        }
    }

    private TorchFile Open(string name) => TorchFile.Open(File.OpenRead(Path.Combine(_folder, name)), name);

    // What it has to say of its failure; null: it did not fail.
    private static string? Run(string python, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{process.ExitCode}: {error}";
        }
        catch (Win32Exception e)
        {
            return e.Message;
        }
    }
}
