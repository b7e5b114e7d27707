using System.IO.Compression;
using System.Text;

namespace Histoseg.Engine.Checkpoints.Torch;

/// <summary>
/// The zip that <c>torch.save</c> writes: one folder with <c>data.pkl</c>, a pickle that describes everything; <c>data/0</c>, <c>data/1</c> …, the numbers;
/// and <c>byteorder</c>.
/// </summary>
/// <remarks>Checksums are verified: .NET does not look at them.</remarks>
internal sealed class TorchArchive : IDisposable
{
    private const string Pickle = "data.pkl";

    // A description of a thousand tensors and of their optimiser's state has less than one.
    private const long LargestPickle = 16L << 20;
    private const int Chunk = 1 << 16;

    private readonly ZipArchive _zip;
    private readonly string _name;
    private readonly long _length;
    private readonly string _root;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = [];

    /// <summary>Looks over the archive's list of files.</summary>
    /// <param name="file">The zip, which is this object's from now on.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="EngineError">It is truncated, or no file of <c>torch.save</c>.</exception>
    public TorchArchive(Stream file, string name)
    {
        (_name, _length) = (name, file.Length);
        _zip = Guarded(() => new ZipArchive(file, ZipArchiveMode.Read));
        foreach (var entry in Guarded(() => _zip.Entries))
            if (!_entries.TryAdd(entry.FullName, entry))
                throw Damaged($"it holds '{entry.FullName}' twice");
        var pickles = _entries.Keys.Where(path => path == Pickle || path.EndsWith("/" + Pickle, StringComparison.Ordinal)).ToList();
        if (pickles.Count != 1)
            throw new EngineError($"{name}: a zip in which there {(pickles.Count == 0 ? $"is no {Pickle}" : $"is {Pickle} more than once")}, so it is no file "
                + "of torch.save; give the file as it was downloaded");
        _root = pickles[0][..^Pickle.Length];
        if (_entries.ContainsKey(_root + "constants.pkl"))
            throw new EngineError($"{name}: a TorchScript archive, a program and not tensors alone; save its tensors with PyTorch: "
                + "python3 -c \"import torch; torch.save(torch.jit.load('old.pt', 'cpu').state_dict(), 'new.pth')\"");
        if (_entries.ContainsKey(_root + "byteorder") && Encoding.ASCII.GetString(ReadAll("byteorder", 16)) is not "little")
            throw new EngineError($"{name}: its numbers have their highest bytes first; save it with PyTorch on a machine that has them last, such as any PC");
    }

    /// <summary>The pickle's bytes.</summary>
    public byte[] ReadPickle() => ReadAll(Pickle, LargestPickle);

    /// <summary>The error for what is wrong with the file.</summary>
    public EngineError Damaged(string what) => new($"{_name}: not a sound file of torch.save: {FileText.OneLine(what)}; copy or download the file again");

    /// <summary>Makes sure that a storage is there, whole.</summary>
    /// <exception cref="EngineError">It is not.</exception>
    public void Require(TorchStorage storage)
    {
        var (entry, bytes) = (EntryOf(storage), (Int128)storage.Elements * NumberTypes.Bytes(storage.Type));
        if (entry.CompressedLength != entry.Length)
            throw new EngineError($"{_name}: its numbers are packed, which torch.save does not do; unpack the zip and pack it again without compression "
                + "(zip -0)");
        if (entry.Length > _length)
            throw Damaged("it is truncated");
        if (bytes > entry.Length)
            throw Damaged($"'{entry.FullName}' has {entry.Length} bytes and not {bytes}");
    }

    /// <summary>Reads a part of a storage, in bytes.</summary>
    /// <exception cref="EngineError">The file is damaged.</exception>
    public byte[] Read(TorchStorage storage, long from, int count)
    {
        var entry = EntryOf(storage);
        var part = new byte[count];
        Guarded(() =>
        {
            using var stream = entry.Open();
            var crc = new Crc32();
            Skip(stream, from, crc);
            stream.ReadExactly(part);
            crc.Add(part);
            Skip(stream, entry.Length - from - count, crc);
            return crc.Value == entry.Crc32 ? true : throw new InvalidDataException();
        });
        return part;
    }

    private static void Skip(Stream stream, long count, Crc32 crc)
    {
        var buffer = new byte[Math.Min(count, Chunk)];
        while (count > 0)
        {
            var read = buffer.AsSpan(0, (int)Math.Min(count, buffer.Length));
            stream.ReadExactly(read);
            crc.Add(read);
            count -= read.Length;
        }
    }

    private ZipArchiveEntry EntryOf(TorchStorage storage) => _entries.GetValueOrDefault($"{_root}data/{storage.Key}")
        ?? throw Damaged($"there is no '{_root}data/{storage.Key}', which a tensor's numbers should be in");

    private byte[] ReadAll(string path, long most) => Guarded(() =>
    {
        var entry = _entries[_root + path];
        if (entry.Length > most)
            throw Damaged($"'{entry.FullName}' claims {entry.Length} bytes");
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return Crc32.Of(bytes) == entry.Crc32 ? bytes : throw new InvalidDataException();
    });

    // What the zip reader says helps no user.
    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (EndOfStreamException)
        {
            throw Damaged("it is truncated");
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            throw Damaged("its zip is damaged or truncated");
        }
        catch (IOException e)
        {
            throw new EngineError($"{_name}: cannot be read: {FileTrouble.InWords(e)}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _zip.Dispose();
}
