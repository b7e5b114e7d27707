using System.Globalization;

namespace Histoseg.Training.Findings;

/// <summary>Shares in text.</summary>
internal static class Percent
{
    /// <summary>In percent: whole ones from 10 on, below with a decimal.</summary>
    public static string Of(double share) =>
        share == 0 ? "0 %" : share < 0.001 ? "< 0.1 %" : (share * 100).ToString(share < 0.0995 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %";
}
