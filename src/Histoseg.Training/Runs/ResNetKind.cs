using System.Globalization;

namespace Histoseg.Training.Runs;

/// <summary>Tells by the names of its tensors which ResNet of torchvision's naming something is.</summary>
internal static class ResNetKind
{
    /// <summary><c>ResNet-34</c>, or <c>ResNet of 3, 4, 6 and 2 blocks</c>; null: it is none.</summary>
    /// <param name="names">Names as torchvision's.</param>
    public static string? Of(IEnumerable<string> names)
    {
        var (blocks, bottlenecks) = (new int[4], false);
        foreach (var parts in names.Select(name => name.Split('.')))
        {
            if (parts is not [['l', 'a', 'y', 'e', 'r', >= '1' and <= '4' and var stage], var number, var layer, "weight"]
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var block) || block > 999)
                continue;
            blocks[stage - '1'] = Math.Max(blocks[stage - '1'], block + 1);
            bottlenecks |= layer == "conv3";
        }
        return blocks.Contains(0) ? null : (blocks, bottlenecks) switch
        {
            ([2, 2, 2, 2], false) => "ResNet-18",
            ([3, 4, 6, 3], false) => "ResNet-34",
            ([3, 4, 6, 3], true) => "ResNet-50",
            ([3, 4, 23, 3], true) => "ResNet-101",
            ([3, 8, 36, 3], true) => "ResNet-152",
            _ => $"ResNet of {string.Join(", ", blocks)} {(bottlenecks ? "bottlenecks" : "blocks")}",
        };
    }
}
