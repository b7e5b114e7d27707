using Histoseg.Cli;
using Histoseg.Cli.Terminal;
using Histoseg.Cli.Verbs;

if (ProcessLimits.WhatForbids() is { } limit)
{
    Console.Error.WriteLine($"engine: {limit}");
    return ExitCode.Failed;
}
BundledLibraries.Serve();
var error = Application.LogFor(args, Console.Error) ?? Console.Error;
using var interruption = new Interruption(args.Contains(InferVerb.AsWorker) ? TextWriter.Null : error);
return Application.Run(args, Console.Out, error, interruption.Token, endsWith: interruption.ExitCodeOf);
