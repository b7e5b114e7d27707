namespace Histoseg.Engine.Checking;

/// <summary>An operation's case list: a class with no constructor arguments in the operation's folder, which <see cref="OpCases"/> finds by itself.</summary>
internal interface IOpCases
{
    /// <summary>The cases, in the order in which they are told.</summary>
    IEnumerable<OpCase> Cases();
}
