using System.CommandLine;
using Histoseg.Cuda;
using Histoseg.Engine;
using Histoseg.GpuCheck.Verbs;

namespace Histoseg.GpuCheck;

/// <summary>The <c>gpucheck</c> program: its verbs, and what comes of errors.</summary>
internal static class Application
{
    /// <summary>Runs one command line.</summary>
    /// <returns>The exit code, see <see cref="ExitCode"/>.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Tries the engine's CUDA backend on a real GPU and measures it. Without a GPU every verb says so and returns 77.")
        {
            new ModulesVerb(output),
            new CasesVerb(output),
            new SlimVerb(output),
            new TrainVerb(output),
            new BenchVerb(output),
            new ConvolutionsVerb(output),
            new TuneVerb(output),
            new OnceVerb(output),
            new SummaryVerb(output),
        };
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"gpucheck: {string.Join(' ', parsed.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}");
            return ExitCode.BadUsage;
        }
        try
        {
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (SkippedException skipped)
        {
            error.WriteLine($"gpucheck: skipped: {skipped.Message}");
            return ExitCode.Skipped;
        }
        catch (Exception failure) when (failure is EngineError or GpuException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"gpucheck: {failure.Message}");
            return ExitCode.Failed;
        }
    }
}
