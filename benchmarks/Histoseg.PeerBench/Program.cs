using System.CommandLine;
using Histoseg.PeerBench;

var names = new Option<string[]>("--network") { Description = "Networks; all if none is given", AllowMultipleArgumentsPerToken = true };
var width = new Option<int>("--width") { Description = "Width of the networks", DefaultValueFactory = _ => 64 };
var side = new Option<int>("--patch-size") { Description = "Side of the patches", DefaultValueFactory = _ => 512 };
var batch = new Option<int>("--batch") { Description = "Patches per run", DefaultValueFactory = _ => 1 };
var rounds = new Option<int>("--rounds") { Description = "Rounds to take medians of", DefaultValueFactory = _ => 5 };
var threads = new Option<int>("--threads") { Description = "Threads of both", DefaultValueFactory = _ => Environment.ProcessorCount };
var int8 = new Option<bool>("--int8") { Description = "The engine's side in 8 bits, calibrated on the noise that is timed" };
var root = new RootCommand("Times inference of random networks beside ONNX Runtime on the same exported file, run by run in turns, after comparing answers.")
{
    names, width, side, batch, rounds, threads, int8,
};
root.SetAction(given => NetworkRace.Run(new(given.GetValue(width), given.GetValue(side), given.GetValue(batch), given.GetValue(rounds),
    given.GetValue(threads), given.GetValue(int8)), given.GetValue(names) ?? [], Console.Out));

var slide = new Option<string>("--slide") { Description = "A tiled TIFF", Required = true };
var mpp = new Option<double?>("--mpp") { Description = "µm per pixel to read at; the slide's own if not given" };
var overlap = new Option<double>("--overlap") { Description = "Share of a patch's side in common with its neighbour", DefaultValueFactory = _ => 0.5 };
var reading = new Command("reading", "Times the reading of inference beside libvips, which reads each tile of the slide once.")
{
    slide, mpp, side, overlap, rounds,
};
reading.SetAction(given => ReadingRace.Run(new(given.GetValue(slide)!, given.GetValue(mpp), given.GetValue(side), given.GetValue(overlap),
    given.GetValue(rounds)), Console.Out));
root.Add(reading);

var whole = new Command("slide", "Times whole slides, read, segmented and blended, with ONNX Runtime in the engine's place in every second turn.")
{
    names, slide, mpp, width, side, batch, rounds, threads,
};
whole.SetAction(given => SlideRace.Run(new(given.GetValue(slide)!, given.GetValue(mpp), given.GetValue(width), given.GetValue(side), given.GetValue(batch),
    given.GetValue(rounds), given.GetValue(threads)), given.GetValue(names) ?? [], Console.Out));
root.Add(whole);
return root.Parse(args).Invoke();
