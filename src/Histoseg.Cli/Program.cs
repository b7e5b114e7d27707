using Histoseg.Cli;
using Histoseg.Cli.Verbs;

using var interruption = new Interruption(args.Contains(InferVerb.AsWorker) ? TextWriter.Null : Console.Error);
return Application.Run(args, Console.Out, Console.Error, interruption.Token);
