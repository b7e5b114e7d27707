using System.Text.RegularExpressions;
using Histoseg.Cli.Terminal;
using Histoseg.Engine.Devices;

namespace Histoseg.Cli.Tests.Terminal;

/// <summary>What errors say of options and verbs.</summary>
public partial class RemediesTests
{
    public static TheoryData<Remedy> All => [.. Enum.GetValues<Remedy>().Where(remedy => remedy != Remedy.None)];

    [Theory, MemberData(nameof(All))]
    public void Every_remedy_is_an_option_or_verb_that_there_is(Remedy remedy)
    {
        var words = Remedies.InWords("it failed", remedy);
        Assert.StartsWith("it failed (", words);
        var verbs = Application.AllVerbs(new(TextWriter.Null, TextWriter.Null, CancellationToken.None, DeviceOpener.OfThisMachine)).ToList();
        var options = verbs.SelectMany(verb => verb.Options).SelectMany(option => option.Aliases.Append(option.Name)).ToHashSet();
        Assert.All(Option().Matches(words).Select(match => match.Value), option => Assert.Contains(option, options));
        Assert.All(Verb().Matches(words).Select(match => match.Groups[1].Value), verb => Assert.Contains(verbs, known => known.Name == verb));
        Assert.True(remedy == Remedy.SameAgain || Option().IsMatch(words) || Verb().IsMatch(words));
    }

    [Fact]
    public void An_error_that_says_it_all_is_told_as_it_is() => Assert.Equal("it failed", Remedies.InWords("it failed", Remedy.None));

    [GeneratedRegex(@"(?<= |\()--?[a-z][a-z-]*")]
    private static partial Regex Option();

    [GeneratedRegex(@"engine ([a-z]+)")]
    private static partial Regex Verb();
}
