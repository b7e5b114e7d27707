namespace Histoseg.Foundation;

/// <summary>Something that the person who started the work can mend: the root of all errors that are shown without a stack trace.</summary>
/// <remarks>
/// The message is one line: what is wrong, in which file or setting, and what to do about it, in words that hold for a program and for a caller of the
/// library alike. What a program calls the remedy (an option, a verb) only the program knows; <see cref="Remedy"/> tells it which one is meant.
/// </remarks>
public class UserError : Exception
{
    /// <summary>An error with its one-line message.</summary>
    public UserError(string message) : base(message) { }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public UserError(string message, Exception inner) : base(message, inner) { }

    /// <summary>What would mend it, where a program may have an option for it.</summary>
    public Remedy Remedy { get; init; }

    /// <summary>Lines to show with the message: what else is wrong, or text to paste. The message holds without them.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];
}
