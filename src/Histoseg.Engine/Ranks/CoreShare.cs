using System.Security.Cryptography;
using System.Text;

namespace Histoseg.Engine.Ranks;

/// <summary>The cores of a rank where several are on one machine.</summary>
internal static class CoreShare
{
    private const string Status = "/proc/self/status", Allowed = "Cpus_allowed_list:";

    /// <summary>
    /// How many are this rank's: those the process may run on, divided by the ranks that may run on the very same. A launcher that gave each its own cores
    /// has divided them already.
    /// </summary>
    /// <param name="group">The ranks, all of which ask.</param>
    public static int Of(RankGroup group)
    {
        var places = group.Gather(BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment.MachineName} {AllowedCores()}"))));
        return Math.Max(1, Environment.ProcessorCount / places.Count(place => place == places[group.Rank]));
    }

    private static string AllowedCores() => OperatingSystem.IsLinux()
        ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Allowed, StringComparison.Ordinal)) ?? ""
        : "";
}
