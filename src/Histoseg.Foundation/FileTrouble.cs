namespace Histoseg.Foundation;

/// <summary>What a file system refuses, in our own words: the system's do not say what to do, and name .NET's parts or none.</summary>
public static class FileTrouble
{
    private const string NotThere = "no such file or folder; check the path";
    private const string NoPermission = "no permission; check who may use it and the folder it is in";
    private const string Full = "the disk is full; make room";
    private const string ReadOnly = "the disk is read-only; make it writable";
    private const string TooManyOpen = "too many files are open; raise the limit (ulimit -n), or end other programs";
    private const string TooLong = "the name is too long; take a shorter one";
    private const string InUse = "another program uses it; wait for that, or end it";
    private const string Taken = "something else has this name; take it away, or choose another name";
    private const string Failing = "the disk or the network reports an error; check it, then try again";
    private const string Silent = "the network folder does not answer; check the connection, then try again";
    private const string EndsEarly = "it ends in the middle; copy it again";

    /// <summary>Whether an exception is the file system's.</summary>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>What is the matter, and after a semicolon what to do: <c>the disk is full; make room</c>.</summary>
    /// <param name="error">What was thrown; of nested ones the outermost of the file system counts.</param>
    public static string InWords(Exception error)
    {
        var root = Root(error) ?? error;
        // .NET gives Linux's numbers as they are, but those that it has a class for, and all of Windows', with this before them.
        return root is UnusableFile ? root.Message : (root.HResult >>> 16) == 0x8007 ? OfWindows(root.HResult & 0xFFFF) : OfLinux(root.HResult);
    }

    /// <summary>The file or folder that an exception names; null where it names none.</summary>
    public static string? PathOf(Exception error)
    {
        var text = error.Message;
        var (start, end) = (text.IndexOf('\''), text.LastIndexOf('\''));
        return error is UnusableFile unusable ? unusable.Path : end > start + 1 ? text[(start + 1)..end] : null;
    }

    /// <summary>The outermost exception of the file system among one and its causes; null where there is none.</summary>
    internal static Exception? Root(Exception? error) => error is null || Is(error) ? error : Root(error.InnerException);

    private static string OfLinux(int number) => number switch
    {
        2 or 20 => NotThere,
        1 or 13 => NoPermission,
        28 => Full,
        122 => "the quota of the disk is used up; make room",
        30 => ReadOnly,
        23 or 24 => TooManyOpen,
        36 => TooLong,
        40 => "its links lead in a circle; correct them",
        11 or 16 or 26 => InUse,
        17 or 21 or 39 => Taken,
        5 => Failing,
        107 or 110 or 112 or 113 or 116 => Silent,
        _ => Unknown(number),
    };

    private static string OfWindows(int number) => number switch
    {
        2 or 3 => NotThere,
        5 => NoPermission,
        39 or 112 => Full,
        19 => ReadOnly,
        4 => TooManyOpen,
        206 => TooLong,
        32 or 33 => InUse,
        80 or 183 => Taken,
        23 or 1117 => Failing,
        53 or 59 or 64 => Silent,
        38 => EndsEarly,
        _ => Unknown(number),
    };

    // Numbers below 0 are .NET's own and tell nothing.
    private static string Unknown(int number) => $"the system refuses it{(number > 0 ? Figures.Text($" with error {number}") : "")}; check it and the disk";
}
