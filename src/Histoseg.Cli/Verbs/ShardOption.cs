using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Verbs;

/// <summary>The option that tells which part of the slides a run deals with.</summary>
internal static class ShardOption
{
    /// <summary>Its name.</summary>
    public const string Name = "--shard";

    private const int Most = 1_000_000;

    /// <summary>The option.</summary>
    public static Option<Shard?> Create() => new(Name)
    {
        Description = "Which part of the slides, as 2/8; if not given, that of the scheduler's array, else all that no other program is at",
        HelpName = "i/n",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = Read,
    };

    private static Shard? Read(ArgumentResult given)
    {
        var text = given.Tokens is [var token, ..] ? token.Value : "";
        if (text.Split('/') is [var number, var count] && Whole(number) is { } i && Whole(count) is { } n && n <= Most && i <= n)
            return new(i, n);
        given.AddError($"{Name} {text}: it is i/n, from 1/n to n/n, as in 2/8");
        return null;
    }

    private static int? Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
