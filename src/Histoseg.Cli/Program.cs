using Histoseg.Cli;
using Histoseg.Cli.Terminal;

if (ProcessLimits.WhatForbids() is { } limit)
{
    Console.Error.WriteLine($"engine: {limit}");
    return ExitCode.Failed;
}
BundledLibraries.Serve();
using var interruption = new Interruption(Console.Error);
return interruption.ExitCodeOf(Application.Run(args, Console.Out, Console.Error, interruption.Token));
