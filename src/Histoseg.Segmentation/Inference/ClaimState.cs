namespace Histoseg.Segmentation.Inference;

/// <summary>A claim on a slide as others see it.</summary>
/// <param name="Folder">The output folder.</param>
/// <param name="Name">The name of the slide's outputs.</param>
/// <param name="Note">Who has it, and how far it is; null: nothing tells.</param>
/// <param name="IsHeld">Whether a program has the file, as far as this machine knows.</param>
/// <param name="Age">How long ago it last gave a sign of life.</param>
/// <param name="IsDead">Whether the program that made it is gone.</param>
internal sealed record ClaimState(string Folder, string Name, ClaimNote? Note, bool IsHeld, TimeSpan Age, bool IsDead)
{
    /// <summary>How names of claims end.</summary>
    public const string Ending = ".claim";

    // Between making a claim and writing into it another machine may look.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>The claims in a folder.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="hold">The hold on it; null: it cannot be had, and times are this machine's.</param>
    public static IReadOnlyList<ClaimState> All(string folder, FolderLock? hold) =>
        [.. Directory.GetFiles(FolderLock.NotesOf(folder), "*" + Ending).Order(StringComparer.Ordinal)
            .Select(path => Look(folder, Path.GetFileNameWithoutExtension(path), hold)).OfType<ClaimState>()];

    /// <summary>Looks at a claim.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="name">The name of the slide's outputs.</param>
    /// <param name="hold">The hold on the folder; null: it cannot be had, and times are this machine's.</param>
    /// <returns>Null: there is none.</returns>
    public static ClaimState? Look(string folder, string name, FolderLock? hold)
    {
        var path = SlideClaim.PathOf(folder, name);
        if (!File.Exists(path))
            return null;
        var isHeld = HeldFile.IsHeld(path);
        // Only who holds a claim can read it; the note on progress is the same, and anyone's.
        var progress = ClaimNote.Load(SlideClaim.ProgressPathOf(folder, name));
        var note = isHeld ? progress : ClaimNote.Load(path);
        if (progress is not null && progress.Token == note?.Token)
            note = progress;
        var age = (hold?.Now() ?? DateTime.UtcNow) - File.GetLastWriteTimeUtc(path);
        var isDead = note is null ? !isHeld && age > Grace
            : !note.IsOfHere ? age > SlideClaim.Lifetime
            : !isHeld && (hold is null or { Excludes: true } || !note.HasProcess());
        return new(folder, name, note, isHeld, age, isDead);
    }

    /// <summary>Takes the claim away, unless it has become another's since it was looked at; the caller has the folder's lock.</summary>
    /// <returns>Whether it is gone.</returns>
    /// <exception cref="WriteError">The folder cannot be written.</exception>
    public bool TryRemove()
    {
        var path = SlideClaim.PathOf(Folder, Name);
        var aside = Leftovers.NameBeside(path);
        try
        {
            // The lock need not reach other machines. Of several programs only one can move the file away, and then it is looked at once more.
            File.Move(path, aside);
            if (ClaimNote.Load(aside)?.Token != Note?.Token && !IsHeld)
            {
                File.Move(aside, path);
                return false;
            }
            File.Delete(aside);
            File.Delete(SlideClaim.ProgressPathOf(Folder, Name));
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception error) when (FileTrouble.Is(error))
        {
            throw new WriteError(path, error);
        }
    }
}
