using Histoseg.Samples;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides.Synthesis;

// The examples of docs/library.md, in a folder of their own: the argument, or one for temporary files.
var folder = args is [var given] ? given : Directory.CreateTempSubdirectory("histoseg-samples-").FullName;
Directory.CreateDirectory(folder);
File.Copy(Path.Combine(AppContext.BaseDirectory, "train.yaml"), Path.Combine(folder, "train.yaml"), overwrite: true);
Directory.SetCurrentDirectory(folder);
SlideSynthesiser.WriteSet("slides", train: 1, val: 1, test: 1, seed: 1, width: 512, height: 512);

Network.Register("two-scales", (description, classes) => new TwoScales(description, classes));
try
{
    Examples.Train();
    Examples.TrainWithoutAFile();
    Examples.Segment();
    Examples.SegmentMany();
}
catch (UserError error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
Console.WriteLine($"all examples ran in {folder}");
return 0;
