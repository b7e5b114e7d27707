using Histoseg.Cli;
using Histoseg.Cli.Terminal;
using Histoseg.Cli.Verbs;

if (ProcessLimits.WhatForbids() is { } limit)
{
    Console.Error.WriteLine($"engine: {limit}");
    return ExitCode.Failed;
}
BundledLibraries.Serve();
using var interruption = new Interruption(args.Contains(InferVerb.AsWorker) ? TextWriter.Null : Console.Error);
return interruption.ExitCodeOf(Application.Run(args, Console.Out, Console.Error, interruption.Token));
