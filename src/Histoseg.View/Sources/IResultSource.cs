namespace Histoseg.View.Sources;

/// <summary>Something that has slides to show, and may get more while it is looked at.</summary>
internal interface IResultSource
{
    /// <summary>Looks what is there now.</summary>
    /// <exception cref="UserError">It cannot be read.</exception>
    SourceContent Read();
}
