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
        // As many bits as a sum of one number and zeros keeps.
        var places = new double[group.Count];
        places[group.Rank] = BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment.MachineName} {AllowedCores()}")));
        group.Sum(places);
        return Math.Max(1, Environment.ProcessorCount / places.Count(place => place == places[group.Rank]));
    }

    private static string AllowedCores() => OperatingSystem.IsLinux()
        ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Allowed, StringComparison.Ordinal)) ?? ""
        : "";
}
