using Histoseg.Cli;

using var interruption = new Interruption(Console.Error);
return Application.Run(args, Console.Out, Console.Error, interruption.Token);
