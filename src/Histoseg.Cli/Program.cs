using Histoseg.Cli;

using var interruption = new Interruption(Console.Error);
return interruption.ExitCodeOf(Application.Run(args, Console.Out, Console.Error, interruption.Token));
