namespace Histoseg.Engine.Autograd;

/// <summary>A tape, or the memory planned for it, breaks a rule that every backend takes for granted: a fault of what recorded it, not of its user.</summary>
/// <remarks>The message is one line: the node (index, operation, scope), the value, what was expected and what was found.</remarks>
public sealed class TapeError : InvalidOperationException
{
    internal TapeError(string fault, Exception? inner = null) : base($"the tape cannot be compiled: {fault}", inner) { }

    internal TapeError(Node node, string fault, Exception? inner = null) : this($"{node} {fault}", inner) { }
}
