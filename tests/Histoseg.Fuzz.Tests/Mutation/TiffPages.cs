using System.Buffers.Binary;
using System.Text;

namespace Histoseg.Fuzz.Tests.Mutation;

/// <summary>Edits of a TIFF's pages: tags, strips and tiles; the file is laid out anew around them, so that its offsets hold.</summary>
internal static class TiffPages
{
    private const int StripOffsets = 273, StripCounts = 279, TileOffsets = 324, TileCounts = 325, Description = 270;

    private static readonly int[] Tags =
        [254, 256, 257, 258, 259, 262, 266, 270, 274, 277, 278, 282, 283, 284, 296, 297, 317, 320, 322, 323, 330, 338, 339, 347,
            512, 513, 530, 531, 532, 34675];

    private static readonly string[] Descriptions =
    [
        "Aperio Image Library v1\n40x24 [0,0 40x24] (16x16) |AppMag = 20|MPP = 0.5", "ImageJ=1.53\nimages=3\nchannels=3\nunit=micron",
        "ImageJ=\nslices=2\nframes=999999999",
        "<OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\"><Image><Pixels DimensionOrder=\"XYCZT\" Type=\"uint8\" SizeX=\"40\" SizeY=\"24\" "
            + "SizeC=\"3\" SizeZ=\"1\" SizeT=\"1\" PhysicalSizeX=\"0.5\" PhysicalSizeY=\"nan\"/></Image></OME>", "<OME", "SCANNER\u0001", "",
    ];

    private sealed class Page
    {
        public SortedDictionary<int, (int Type, long[] Values)> Tags { get; init; } = [];
        public List<byte[]> Segments { get; init; } = [];
        public bool IsTiled { get; set; }

        public Page Copy() => new() { Tags = new(Tags), Segments = [.. Segments], IsTiled = IsTiled };
    }

    /// <summary>A mutant.</summary>
    public static byte[] Mutate(Random random, byte[] tiff)
    {
        var pages = Parse(tiff);
        for (var edits = random.Edits(); edits > 0; edits--)
            Edit(random, pages);
        var file = new Layout(random, little: !random.OneIn(4), big: random.OneIn(4)).Write(pages);
        return random.OneIn(15) ? ByteEdits.Edit(random, file) : file;
    }

    private static void Edit(Random random, List<Page> pages)
    {
        var page = random.Of(pages);
        var tag = random.OneIn(4) ? random.Of(Tags) : random.Of([.. page.Tags.Keys]);
        var (type, values) = page.Tags.GetValueOrDefault(tag, (3, [1]));
        switch (random.Next(12))
        {
            case 0:
                page.Tags.Remove(tag);
                break;
            case 1:
                page.Tags[tag] = (random.Next(19), values);
                break;
            case 2:
                page.Tags[tag] = (type, values[..random.Next(values.Length + 1)]);
                break;
            case 3:
                page.Tags[tag] = (type, [.. values, .. values]);
                break;
            case 4:
                pages.Insert(random.Next(pages.Count), page.Copy());
                break;
            case 5 when pages.Count > 1:
                pages.Remove(page);
                break;
            case 6 when page.Segments.Count > 0:
                page.Segments[random.Next(page.Segments.Count)] = [];
                break;
            case 7 when page.Segments.Count > 0:
                var segment = random.Next(page.Segments.Count);
                page.Segments[segment] = ByteEdits.Edit(random, page.Segments[segment]);
                break;
            case 8:
                page.Tags[Description] = (2, [.. Encoding.UTF8.GetBytes(random.Of(Descriptions)).Select(sign => (long)sign), 0]);
                break;
            case 9:
                page.IsTiled = !page.IsTiled;
                break;
            default:
                var changed = values.Length == 0 ? [0] : (long[])values.Clone();
                var at = random.Next(changed.Length);
                changed[at] = random.Near(changed[at]);
                page.Tags[tag] = (type, changed);
                break;
        }
    }

    // What libvips wrote: little-endian, classic or big.
    private static List<Page> Parse(byte[] file)
    {
        var big = file[2] == 43;
        long Number(long at, int size) => size switch
        {
            1 => file[at],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan((int)at)),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan((int)at)),
            _ => BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan((int)at)),
        };
        var (word, pages) = (big ? 8 : 4, new List<Page>());
        for (var at = Number(big ? 8 : 4, word); at != 0;)
        {
            var (page, entries) = (new Page(), Number(at, big ? 8 : 2));
            at += big ? 8 : 2;
            for (; entries > 0; entries--, at += 4 + (2 * word))
            {
                var (type, count) = ((int)Number(at + 2, 2), Number(at + 4, word));
                var (size, per) = (Layout.Size(type), Layout.Parts(type));
                var place = count * size * per <= word ? at + 4 + word : Number(at + 4 + word, word);
                page.Tags[(int)Number(at, 2)] = (type, [.. Enumerable.Range(0, (int)count * per).Select(i => Number(place + (i * size), size))]);
            }
            page.IsTiled = page.Tags.ContainsKey(TileOffsets);
            var (offsets, counts) = page.IsTiled ? (TileOffsets, TileCounts) : (StripOffsets, StripCounts);
            page.Segments.AddRange(page.Tags[offsets].Values.Zip(page.Tags[counts].Values, (from, count) => file[(int)from..(int)(from + count)]));
            foreach (var gone in new[] { offsets, counts })
                page.Tags.Remove(gone);
            pages.Add(page);
            at = Number(at, word);
        }
        return pages;
    }

    /// <summary>Writes pages as a file, telling a lie now and then where offsets and counts stand.</summary>
    private sealed class Layout(Random random, bool little, bool big)
    {
        private readonly List<byte> _file = [];

        public static int Size(int type) => type switch { 1 or 2 or 6 or 7 => 1, 3 or 8 => 2, 12 or 16 or 17 or 18 => 8, _ => 4 };

        /// <summary>Numbers in a value: fractions have two.</summary>
        public static int Parts(int type) => type is 5 or 10 ? 2 : 1;

        private int Word => big ? 8 : 4;

        public byte[] Write(List<Page> pages)
        {
            _file.AddRange(little ? "II"u8 : "MM"u8);
            Add(big ? 43 : 42, 2);
            if (big)
            {
                Add(8, 2);
                Add(0, 2);
            }
            var (pointer, directories) = (_file.Count, new List<long>());
            Add(0, Word);
            foreach (var page in pages)
            {
                var (directory, next) = WritePage(page);
                directories.Add(directory);
                Set(pointer, Lie(directory));
                pointer = next;
            }
            if (random.OneIn(30))
                Set(pointer, random.Of(directories)); // pages in a circle
            return [.. _file];
        }

        private (long Directory, int Next) WritePage(Page page)
        {
            var offsets = new List<long>();
            foreach (var segment in page.Segments)
            {
                offsets.Add(segment.Length == 0 ? 0 : _file.Count);
                _file.AddRange(segment);
            }
            var tags = new SortedDictionary<int, (int Type, long[] Values)>(page.Tags)
            {
                [page.IsTiled ? TileOffsets : StripOffsets] = (big ? 16 : 4, [.. offsets.Select(Lie)]),
                [page.IsTiled ? TileCounts : StripCounts] = (4, [.. page.Segments.Select(segment => Lie(segment.Length))]),
            };
            var places = new Dictionary<int, long>();
            foreach (var (tag, (type, values)) in tags.Where(tag => tag.Value.Values.Length * Size(tag.Value.Type) > Word))
            {
                places[tag] = _file.Count;
                foreach (var value in values)
                    Add(value, Size(type));
            }
            var directory = _file.Count;
            Add(tags.Count, big ? 8 : 2);
            foreach (var (tag, (type, values)) in tags)
            {
                Add(tag, 2);
                Add(type, 2);
                Add(random.OneIn(200) ? random.Near(values.Length) : values.Length / Parts(type), Word);
                var end = _file.Count + Word;
                if (places.TryGetValue(tag, out var place))
                    Add(Lie(place), Word);
                else
                    foreach (var value in values)
                        Add(value, Size(type));
                while (_file.Count < end)
                    _file.Add(0);
            }
            var next = _file.Count;
            Add(0, Word);
            return (directory, next);
        }

        private long Lie(long number) => random.OneIn(150) ? random.Near(number) : number;

        private void Set(int at, long value)
        {
            var end = _file.Count;
            Add(value, Word);
            for (var i = 0; i < Word; i++)
                _file[at + i] = _file[end + i];
            _file.RemoveRange(end, Word);
        }

        private void Add(long value, int size)
        {
            for (var i = 0; i < size; i++)
                _file.Add((byte)(value >> (8 * (little ? i : size - 1 - i))));
        }
    }
}
