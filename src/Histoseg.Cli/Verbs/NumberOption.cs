using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Histoseg.Cli.Verbs;

/// <summary>Options that take a number. They are the only place where the command line's numbers are read: the same in every culture, and strictly.</summary>
/// <remarks>The library's own reading takes the comma of <c>0,5</c> for a separator of thousands, and names types of .NET where it refuses.</remarks>
internal static class NumberOption
{
    /// <summary>An option with a value of its own where it is not given.</summary>
    public static Option<T> Create<T>(string name, string description, T otherwise) where T : struct, INumber<T>, IMinMaxValue<T> => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = given => Read<T>(name, given) ?? default,
    };

    /// <summary>An option that is null where it is not given.</summary>
    public static Option<T?> Create<T>(string name, string description) where T : struct, INumber<T>, IMinMaxValue<T> => new(name)
    {
        Description = description,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = given => Read<T>(name, given),
    };

    private static T? Read<T>(string name, ArgumentResult given) where T : struct, INumber<T>, IMinMaxValue<T>
    {
        var text = given.Tokens is [var token, ..] ? token.Value : "";
        if (T.TryParse(text, NumberStyles.AllowLeadingSign | (IsWhole<T>() ? 0 : NumberStyles.Float), CultureInfo.InvariantCulture, out var number)
            && T.IsFinite(number))
            return number;
        given.AddError($"{name} {text}: {WhatIsWrong<T>(text)}");
        return null;
    }

    private static string WhatIsWrong<T>(string text) where T : INumber<T>, IMinMaxValue<T>
    {
        var expected = IsWhole<T>() ? "it is a whole number" : "it is a number, as in 0.5";
        var withPoint = text.Replace(',', '.');
        if (!double.TryParse(withPoint, NumberStyles.Float, CultureInfo.InvariantCulture, out var meant) || double.IsNaN(meant))
            return expected;
        return Math.Abs(meant) > double.CreateSaturating(T.MaxValue) || double.IsInfinity(meant) ? "the number is too large"
            : !IsWhole<T>() && withPoint != text ? $"write decimals with a point, as in {withPoint}"
            : expected;
    }

    private static bool IsWhole<T>() where T : INumber<T>, IMinMaxValue<T> => typeof(T) == typeof(int) || typeof(T) == typeof(long);
}
