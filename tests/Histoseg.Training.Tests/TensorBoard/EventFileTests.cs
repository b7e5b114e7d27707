using System.Buffers.Binary;
using System.Text;
using Histoseg.Training.TensorBoard;

namespace Histoseg.Training.Tests.TensorBoard;

public sealed class EventFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("events").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // RFC 3720, B.4, and the usual check value.
    [Theory]
    [InlineData("313233343536373839", 0xE3069283)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8A9136AA)]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", 0x62A8AB43)]
    [InlineData("", 0u)]
    public void The_checksum_is_that_of_Castagnoli(string bytes, uint crc) => Assert.Equal(crc, TfRecord.Crc32C(Convert.FromHexString(bytes)));

    [Fact]
    public void The_first_record_is_the_one_TensorFlow_writes()
    {
        // wall_time 1, file_version: the bytes of protobuf, counted by hand from event.proto.
        var message = EventMessage.Version(1);
        Assert.Equal("09000000000000F03F" + "1000" + "1A0D" + Convert.ToHexString("brain.Event:2"u8), Convert.ToHexString(message));
        Assert.Equal(8 + 4 + message.Length + 4, TfRecord.Frame(message).Length);
    }

    [Fact]
    public void What_is_appended_is_there_at_once_and_read_by_another_decoder()
    {
        var clock = new FixedClock(1_700_000_000.25);
        using var file = new EventFile(_folder, ["background", "tumour é"], 0, clock);
        file.Append(new(300, 12, 0.75, 0.5, 0.25, 1e-3, 0.5, 9.5));
        clock.Seconds += 2;
        file.Append(new(70_000, 12, 0.5, 0.25, 0.125, 1e-4, 0.5, 8, [0.875, 0.625]));
        var events = EventReader.Read(Assert.Single(Files()));
        Assert.Equal(3, events.Count);
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal((1_700_000_000.25, 300L), (events[1].WallTime, events[1].Step));
        Assert.Equal(
            [("loss/total", 0.75f), ("loss/cross_entropy", 0.5f), ("loss/location", 0.25f), ("learning_rate", 1e-3f), ("patches_per_second", 9.5f)],
            events[1].Scalars);
        Assert.Equal((1_700_000_002.25, 70_000L), (events[2].WallTime, events[2].Step));
        Assert.Equal([("validation/dice/background", 0.875f), ("validation/dice/tumour é", 0.625f)], events[2].Scalars[5..]);
        Assert.Matches(@"events\.out\.tfevents\.1700000000\.\S+$", Files()[0]);
    }

    [Fact]
    public void A_run_gone_on_with_has_a_new_file_that_voids_what_came_after_its_checkpoint()
    {
        var clock = new FixedClock(1_700_000_000);
        new EventFile(_folder, ["a", "b"], 0, clock).Dispose();
        using (var second = new EventFile(_folder, ["a", "b"], 40, clock))
            second.Append(new(60, 1, 1, 1, 1, 1, 1, 1));
        Assert.Equal(2, Files().Length);
        var events = EventReader.Read(Files()[1]);
        Assert.Equal((41, 1), (events[1].Step, events[1].SessionStatus));
        Assert.Equal(60, events[2].Step);
    }

    private string[] Files() => [.. Directory.GetFiles(_folder).Order(StringComparer.Ordinal)];

    private sealed class FixedClock(double seconds) : TimeProvider
    {
        public double Seconds { get; set; } = seconds;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(Seconds);
    }

    private sealed record Event(double WallTime, long Step, string Version, int SessionStatus, List<(string Tag, float Value)> Scalars);

    /// <summary>Reads by the published format: another checksum, other loops.</summary>
    private static class EventReader
    {
        public static List<Event> Read(string path)
        {
            using var open = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var file = new BinaryReader(open);
            var events = new List<Event>();
            while (open.Position < open.Length)
            {
                var length = file.ReadBytes(8);
                Assert.Equal(Masked(length), file.ReadUInt32());
                var message = file.ReadBytes((int)BinaryPrimitives.ReadUInt64LittleEndian(length));
                Assert.Equal(Masked(message), file.ReadUInt32());
                events.Add(Decode(message));
            }
            return events;
        }

        private static Event Decode(byte[] message)
        {
            var (time, step, version, status, scalars) = (0.0, 0L, "", 0, new List<(string, float)>());
            foreach (var (field, number, bytes) in Fields(message))
            {
                switch (field)
                {
                    case 1: time = BitConverter.UInt64BitsToDouble(number); break;
                    case 2: step = (long)number; break;
                    case 3: version = Encoding.UTF8.GetString(bytes); break;
                    case 5:
                        foreach (var value in Fields(bytes))
                        {
                            var parts = Fields(value.Bytes).ToDictionary(part => part.Field);
                            scalars.Add((Encoding.UTF8.GetString(parts[1].Bytes), BitConverter.UInt32BitsToSingle((uint)parts[2].Number)));
                        }
                        break;
                    case 7: status = (int)Fields(bytes).Single().Number; break;
                    default: Assert.Fail($"field {field}"); break;
                }
            }
            return new(time, step, version, status, scalars);
        }

        private static List<(int Field, ulong Number, byte[] Bytes)> Fields(byte[] message)
        {
            var (fields, at) = (new List<(int, ulong, byte[])>(), 0);
            ulong Number()
            {
                var (number, shift) = (0UL, 0);
                do
                    number |= (ulong)(message[at] & 0x7F) << shift;
                while ((message[at++] & 0x80) != 0 && (shift += 7) < 64);
                return number;
            }
            while (at < message.Length)
            {
                var key = Number();
                var field = (int)(key >> 3);
                switch (key & 7)
                {
                    case 0: fields.Add((field, Number(), [])); break;
                    case 1: fields.Add((field, BitConverter.ToUInt64(message, at), [])); at += 8; break;
                    case 5: fields.Add((field, BitConverter.ToUInt32(message, at), [])); at += 4; break;
                    case 2:
                        var length = (int)Number();
                        fields.Add((field, 0, message[at..(at + length)]));
                        at += length;
                        break;
                    default: Assert.Fail($"wire type {key & 7}"); break;
                }
            }
            return fields;
        }

        private static uint Masked(byte[] bytes)
        {
            var crc = 0xFFFFFFFFu;
            foreach (var value in bytes)
            {
                crc ^= value;
                for (var bit = 0; bit < 8; bit++)
                    crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
            crc = ~crc;
            return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
        }
    }
}
