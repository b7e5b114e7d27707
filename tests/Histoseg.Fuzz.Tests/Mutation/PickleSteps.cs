namespace Histoseg.Fuzz.Tests.Mutation;

/// <summary>Edits of a pickle, instruction by instruction, so that what lies around the damage stays in order.</summary>
internal static class PickleSteps
{
    // Every instruction that Python has but those of text protocols, and some it has not.
    private static readonly byte[] Ops =
        [.. "(.012GJKLMNQRTUXabcdehijloqrstu)]}P"u8, .. Enumerable.Range(0x80, 0x19).Select(op => (byte)op), 0xff];

    private static readonly string[] Names =
        ["cos\nsystem\n", "ccollections\nOrderedDict\n", "ctorch\nHalfStorage\n", "ctorch\nSize\n", "ctorch._utils\n_rebuild_parameter\n", "cbuiltins\neval\n"];

    /// <summary>A mutant.</summary>
    public static byte[] Mutate(Random random, byte[] pickle)
    {
        var steps = Parse(pickle);
        for (var edits = random.Edits(); edits > 0 && steps.Count > 0; edits--)
            Edit(random, steps, random.Next(steps.Count));
        byte[] changed = [.. steps.SelectMany(step => step)];
        return random.OneIn(15) ? ByteEdits.Edit(random, changed) : changed;
    }

    private static void Edit(Random random, List<byte[]> steps, int at)
    {
        var step = steps[at];
        switch (random.Next(8))
        {
            case 0:
                steps.RemoveAt(at);
                break;
            case 1:
                steps.Insert(random.Next(steps.Count), step);
                break;
            case 2:
                steps[at] = [random.Of(Ops), .. step[1..]];
                break;
            case 3:
                steps.Insert(at, [random.Of(Ops)]);
                break;
            case 4:
                steps[at] = System.Text.Encoding.ASCII.GetBytes(random.Of(Names));
                break;
            case 5 when step.Length > 1:
                steps[at] = [step[0], .. ByteEdits.Edit(random, step[1..])];
                break;
            case 6:
                steps[at] = [(byte)'J', .. BitConverter.GetBytes((int)random.Edge())];
                break;
            default:
                steps[at] = [0x8a, 8, .. BitConverter.GetBytes(random.Edge())];
                break;
        }
    }

    // The lengths of what follows an instruction, for those that torch.save writes.
    private static List<byte[]> Parse(byte[] pickle)
    {
        var steps = new List<byte[]>();
        for (var at = 0; at < pickle.Length;)
        {
            var length = 1 + (char)pickle[at] switch
            {
                'c' => Line(pickle, Line(pickle, at + 1)) - at - 1,
                'X' => 4 + BitConverter.ToInt32(pickle, at + 1),
                'J' or 'r' or 'j' => 4,
                'K' or 'q' or 'h' or '\u0080' => 1,
                'M' => 2,
                'G' => 8,
                '\u008a' => 1 + pickle[at + 1],
                _ => 0,
            };
            steps.Add(pickle[at..(at + length)]);
            at += length;
        }
        return steps;
    }

    private static int Line(byte[] pickle, int from) => Array.IndexOf(pickle, (byte)'\n', from) + 1;
}
