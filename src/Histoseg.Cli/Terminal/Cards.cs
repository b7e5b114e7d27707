namespace Histoseg.Cli.Terminal;

/// <summary>What model cards tell of this program.</summary>
internal static class Cards
{
    /// <summary>How a model is used.</summary>
    public const string Usage = """
        ```
        engine infer -m THIS_FOLDER -i SLIDES -o OUT
        ```
        """;
}
