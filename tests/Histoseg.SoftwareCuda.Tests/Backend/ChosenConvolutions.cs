namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>
/// What was chosen for the convolutions of a slim network by measuring, for the tests that have it measured by libraries too: a problem is measured once.
/// </summary>
public sealed class ChosenConvolutions : IDisposable
{
    public string File { get; } = Path.Combine(Path.GetTempPath(), $"tuning-{Guid.NewGuid():N}.jsonl");

    public void Dispose() => System.IO.File.Delete(File);
}

/// <summary>Tests that share them, one after another.</summary>
[CollectionDefinition(Name)]
public sealed class ChosenConvolutionsGroup : ICollectionFixture<ChosenConvolutions>
{
    public const string Name = "chosen convolutions";
}
