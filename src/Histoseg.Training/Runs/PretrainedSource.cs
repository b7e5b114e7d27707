using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Checkpoints.Torch;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Training.Runs;

/// <summary>What <c>network.pretrained</c> names, opened; of files the content tells what they are, whatever they are called.</summary>
/// <param name="Path">What errors and lines call it.</param>
/// <param name="File">Its tensors.</param>
/// <param name="Saved">What this program saved with them; null: it is a file of another.</param>
internal sealed record PretrainedSource(string Path, ITensorFile File, SavedModel? Saved) : IDisposable
{
    private const string Kinds = "give .safetensors, a file of PyTorch's torch.save (.pth, .pt), or a model folder or checkpoint of this program";

    /// <summary>Opens it.</summary>
    /// <param name="network">Of which <see cref="NetworkDescription.Pretrained"/> is given.</param>
    /// <exception cref="EngineError">It is missing, damaged, or nothing that a network can begin with.</exception>
    public static PretrainedSource Open(NetworkDescription network)
    {
        var path = network.Pretrained!;
        if (path == NetworkDescription.ImageNet)
            return new(path, ImageNetWeights.Open(network), null);
        if (Directory.Exists(path))
            return OfFolder(path);
        if (!System.IO.File.Exists(path) && SpecialFile.KindOf(path) is null)
            throw new EngineError($"{path}: there is no such file or folder of pretrained weights; correct network.pretrained");
        return (System.IO.Path.GetFileName(path) is ModelFolder.WeightsFile or ModelFolder.DescriptionFile
            ? OfModel(System.IO.Path.GetDirectoryName(path)!) : null) ?? OfFile(path);
    }

    // A model folder, or a run folder: its best model, or its checkpoint while there is none.
    private static PretrainedSource OfFolder(string path)
    {
        var run = new RunFolder(path);
        return OfModel(path) ?? OfModel(run.Best) ?? (System.IO.File.Exists(run.Checkpoint) ? OfFile(run.Checkpoint)
            : throw new EngineError($"{path}: this folder has neither a model ({ModelFolder.DescriptionFile}) nor a run; {Kinds}"));
    }

    private static PretrainedSource? OfModel(string folder)
    {
        if (!System.IO.File.Exists(System.IO.Path.Combine(folder, ModelFolder.DescriptionFile)))
            return null;
        var model = ModelFolder.LoadDescription(folder);
        if (model.Quantisation is not null)
            throw new EngineError($"{folder}: weights of 8 bits are no start for a training; give the model that it was quantised from");
        return new(folder, ModelFolder.OpenWeights(folder), new(model.Network, model.NumClasses, model.ClassNames, model.Iteration));
    }

    private static PretrainedSource OfFile(string path)
    {
        Stream file;
        var start = new byte[9];
        try
        {
            file = InputFile.Open(path);
            _ = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            file.Position = 0;
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new EngineError($"{path}: cannot be read: {FileTrouble.InWords(e)}", e);
        }
        if (start.AsSpan().StartsWith("PK\x03\x04"u8))
            return new(path, TorchFile.Open(file, path), null);
        // A safetensors file begins with the length of its header, which begins with a brace.
        if (start[^1] == '{' || path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            var tensors = SafeTensors.Open(file, path);
            try
            {
                return new(path, tensors, Checkpoint.Saved(path, tensors));
            }
            catch
            {
                tensors.Dispose();
                throw;
            }
        }
        file.Dispose();
        throw new EngineError(start[0] == 0x80
            ? $"{path}: a pickle without a zip, as PyTorch before 1.6 saved it; save it again with PyTorch: "
                + "python3 -c \"import torch; torch.save(torch.load('old.pth', 'cpu', weights_only=True), 'new.pth')\""
            : $"{path}: no file of weights that this program knows; {Kinds}");
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();
}
