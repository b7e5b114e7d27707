namespace Histoseg.Cli.Terminal;

/// <summary>Progress told at once and on the caller's thread, so that lines stay in order; <see cref="Progress{T}"/> would queue it.</summary>
internal sealed class Told<T>(Action<T> listener) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => listener(value);
}
