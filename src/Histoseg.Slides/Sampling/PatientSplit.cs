using System.Security.Cryptography;
using System.Text;

namespace Histoseg.Slides.Sampling;

/// <summary>Shares out slides to training, validation and test by patient.</summary>
internal static class PatientSplit
{
    /// <summary>Gives every slide without a split one; splits that are given stay, and a patient with one keeps it for all slides.</summary>
    /// <remarks>
    /// The same patients and seed give the same splits on every machine, in whatever order the slides come. Shares are of slides and met as nearly as whole
    /// patients allow; every split with a share above 0 gets at least one patient.
    /// </remarks>
    /// <param name="manifest">The slides.</param>
    /// <param name="validation">Share for validation, 0…1.</param>
    /// <param name="test">Share for the test, 0…1; together with <paramref name="validation"/> below 1.</param>
    /// <param name="seed">Another seed, other splits.</param>
    /// <exception cref="SlideError">There are fewer patients than splits.</exception>
    public static Manifest Assign(Manifest manifest, double validation, double test, int seed)
    {
        if (!(validation >= 0 && test >= 0 && validation + test < 1))
            throw new ArgumentOutOfRangeException(nameof(validation), "shares are 0…1 and below 1 together");
        double[] shares = [1 - validation - test, validation, test];
        var chosen = manifest.Rows.Where(r => r.Split is not null)
            .GroupBy(r => r.Patient).ToDictionary(g => g.Key, g => g.First().Split!.Value);
        var sizes = manifest.Rows.GroupBy(r => r.Patient).ToDictionary(g => g.Key, g => g.Count());
        var counts = new int[3];
        foreach (var (patient, split) in chosen)
            counts[(int)split] += sizes[patient];

        var open = sizes.Keys.Where(p => !chosen.ContainsKey(p)).OrderBy(p => Ticket(p, seed), StringComparer.Ordinal).ToList();
        for (var i = 0; i < open.Count; i++)
        {
            var empty = Enumerable.Range(0, 3).Where(s => shares[s] > 0 && counts[s] == 0).ToList();
            // Once there are only as many patients left as empty splits, each of them gets one.
            var candidates = empty.Count >= open.Count - i ? empty : [.. Enumerable.Range(0, 3)];
            var split = candidates.MaxBy(s => (shares[s] * manifest.Rows.Count) - counts[s]);
            chosen[open[i]] = (DataSplit)split;
            counts[split] += sizes[open[i]];
        }
        if (open.Count > 0 && Enumerable.Range(0, 3).Any(s => shares[s] > 0 && counts[s] == 0))
            throw new SlideError($"{manifest.Path}: {Figures.Count(sizes.Count, "patient is", "patients are")} "
                + $"too few to share out to {shares.Count(s => s > 0)} splits; "
                + "give the splits in the manifest or set a share to 0");
        return manifest with { Rows = [.. manifest.Rows.Select(r => r with { Split = chosen[r.Patient] })] };
    }

    /// <summary>The splits a manifest gives, or where a slide has none, those of <see cref="Assign"/>: how training divides its slides.</summary>
    /// <param name="manifest">The slides.</param>
    /// <param name="validation">Share for validation, 0…1.</param>
    /// <param name="seed">Another seed, other splits.</param>
    /// <exception cref="SlideError">There are fewer patients than splits.</exception>
    public static Manifest Complete(Manifest manifest, double validation, int seed) =>
        manifest.Rows.All(row => row.Split is not null) ? manifest : Assign(manifest, validation, 0, seed);

    /// <summary>
    /// Where a patient stands in the order that a seed gives: a hash, so that adding a patient does not shuffle the rest, nor does the order of the slides
    /// matter.
    /// </summary>
    /// <param name="patient">The patient.</param>
    /// <param name="seed">Another seed, another order.</param>
    public static string Ticket(string patient, int seed) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}/{patient}"))));
}
