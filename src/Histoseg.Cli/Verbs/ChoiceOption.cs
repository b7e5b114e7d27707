using System.CommandLine;
using System.CommandLine.Parsing;

namespace Histoseg.Cli.Verbs;

/// <summary>Options that take one name of a list, written in any case.</summary>
internal static class ChoiceOption
{
    /// <summary>An option whose names are those of an enumeration.</summary>
    public static Option<T> Create<T>(string name, string description, T otherwise) where T : struct, Enum => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = given => Read<T>(name, given) ?? otherwise,
    };

    /// <summary>An option that is null where it is not given.</summary>
    public static Option<T?> Create<T>(string name, string description) where T : struct, Enum => new(name)
    {
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = given => Read<T>(name, given),
    };

    /// <summary>The member meant; null: there is none of that name.</summary>
    public static T? Find<T>(string text) where T : struct, Enum =>
        Choice.Find(text, Enum.GetNames<T>()) is { } name ? Enum.Parse<T>(name) : null;

    private static T? Read<T>(string name, ArgumentResult given) where T : struct, Enum
    {
        var text = given.Tokens is [var token, ..] ? token.Value : "";
        if (Find<T>(text) is { } value)
            return value;
        given.AddError($"{name} {text}: it is {Expected<T>()}");
        return null;
    }

    /// <summary>The names there are, in words.</summary>
    public static string Expected<T>() where T : struct, Enum => Choice.InWords(Enum.GetNames<T>().Select(name => name.ToLowerInvariant()));
}
