using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Rewriting;

/// <summary>A rule by which some node of an inference tape is recorded as others that give the same, up to rounding, for less work.</summary>
internal interface ITapeRewrite
{
    /// <summary>What it does, for plans.</summary>
    string Name { get; }

    /// <summary>What <see cref="Record"/> will ask for of a node of the plain tape.</summary>
    /// <returns>Values of the plain tape; null: the rule is not for this node.</returns>
    IReadOnlyList<Value>? Reads(Node node, TapeRewriter tape);

    /// <summary>Records what stands for a node that the rule is for.</summary>
    /// <returns>What stands for its output.</returns>
    Value Record(Node node, TapeRewriter tape);
}
