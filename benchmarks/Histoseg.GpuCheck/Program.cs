return Histoseg.GpuCheck.Application.Run(args, Console.Out, Console.Error);
