using System.CommandLine;
using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Verbs;

/// <summary>A verb of the program: its options, its examples and what it starts.</summary>
internal abstract class Verb : Command
{
    /// <summary>A verb.</summary>
    /// <param name="name">As typed.</param>
    /// <param name="description">What it does, for the help.</param>
    /// <param name="examples">Command lines for the help, one a line.</param>
    /// <param name="session">What it works with.</param>
    protected Verb(string name, string description, string examples, Session session) : base(name, description)
    {
        Examples = examples;
        Session = session;
        SetAction(Execute);
    }

    /// <summary>Command lines for the help.</summary>
    public string Examples { get; }

    /// <summary>What it works with.</summary>
    protected Session Session { get; }

    /// <summary>Does it.</summary>
    /// <returns>The exit code.</returns>
    protected abstract int Execute(ParseResult given);
}
