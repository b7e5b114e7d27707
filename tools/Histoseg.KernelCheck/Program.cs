using Histoseg.KernelCheck;

// Assembles kernels/ptx as a driver would and holds it against a table; called by build.cs in the repository's folder.
if (args is not [var folder, var table, .. var rest] || rest is not ([] or ["--check"] or ["--accept"]))
{
    Console.Error.WriteLine("usage: Histoseg.KernelCheck kernels/ptx kernels/table.txt [--check | --accept]");
    return 2;
}
try
{
    return KernelCheckRun.Run(folder, table, rest is ["--check"], rest is ["--accept"], Environment.GetEnvironmentVariable, Console.Out);
}
catch (UserError e)
{
    Console.Error.WriteLine($"build: {e.Message}");
    return 1;
}
