using System.CommandLine;

namespace Histoseg.GpuCheck.Verbs;

/// <summary>One verb of the program.</summary>
internal abstract class Verb : Command
{
    private readonly Option<string?> _results = new("--results") { Description = "Append the results to this file, one JSON object a line", HelpName = "FILE" };

    /// <summary>A verb.</summary>
    /// <param name="name">As it is typed.</param>
    /// <param name="description">What it does.</param>
    /// <param name="output">Where its table goes.</param>
    /// <param name="writesResults">Whether it has <c>--results</c>.</param>
    protected Verb(string name, string description, TextWriter output, bool writesResults = true)
        : base(name, description)
    {
        Out = output;
        if (writesResults)
            Add(_results);
        SetAction(given => Execute(given, new ResultFile(writesResults ? given.GetValue(_results) : null)));
    }

    /// <summary>Where tables go.</summary>
    protected TextWriter Out { get; }

    /// <summary>Does it.</summary>
    /// <returns>The exit code.</returns>
    protected abstract int Execute(ParseResult given, ResultFile results);
}
