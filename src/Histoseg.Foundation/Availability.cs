using System.Diagnostics.CodeAnalysis;

namespace Histoseg.Foundation;

/// <summary>A native library, or why there is none; absence is an ordinary state here and never an exception.</summary>
/// <typeparam name="T">What is called.</typeparam>
public sealed class Availability<T>
    where T : class
{
    private Availability(T? library, string path, string version, string reason) =>
        (Library, Path, Version, Reason) = (library, path, version, reason);

    /// <summary>Whether the library can be used.</summary>
    [MemberNotNullWhen(true, nameof(Library))]
    public bool IsAvailable => Library is not null;

    /// <summary>The library; null if it is absent.</summary>
    public T? Library { get; }

    /// <summary>The file, or its bare name where the system's loader found it; empty if it is absent.</summary>
    public string Path { get; }

    /// <summary>Its version as people write it; empty if it is absent.</summary>
    public string Version { get; }

    /// <summary>One line: what was looked for, where, and what to install; empty if the library is there.</summary>
    public string Reason { get; }

    /// <summary>A library that can be used.</summary>
    public static Availability<T> Present(T library, string path, string version) => new(library, path, version, "");

    /// <summary>A library that cannot.</summary>
    public static Availability<T> Absent(string reason) => new(null, "", "", reason);
}
