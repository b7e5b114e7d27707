using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Histoseg.Cli.Verbs;

/// <summary>The usual help, and below it the verb's examples.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is Verb verb)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var line in verb.Examples.Split('\n'))
                output.WriteLine($"  {line.TrimEnd('\r')}");
        }
        return code;
    }
}
