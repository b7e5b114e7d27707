using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Histoseg.Training.Config;

namespace Histoseg.Training.Tests.Config;

public class ConfigFuzzTests
{
    private static readonly string Valid = File.ReadAllText(Path.Combine(Repository.Root, "configs", "train.yaml"));

    // Pieces that mean something to YAML or to the binder reach further than random letters do.
    private static readonly string[] Pieces = ["[", "]", "{", "}", ":", ": ", "- ", "\n", "\n  ", "\t", "&a", "*a", "!!binary ", "!", "|", ">", "\"", "'", "#",
        "?", "%YAML 1.2\n", "---\n", "...\n", "null", "~", "\0", "\u0085", "\uFEFF", "\ud800", "-1", "1e999", ".nan", "0x10", "999999999999", "<<: ", "data",
        "network:"];

    [Property(MaxTest = 500)]
    public void Random_text_gives_a_config_or_its_own_error(string? text) => ParsesOrRefuses(text ?? "");

    [Property(MaxTest = 400)]
    public Property Mutations_of_a_valid_config_give_a_config_or_its_own_error()
    {
        var edit = from at in Gen.Choose(0, Valid.Length - 1)
                   from length in Gen.Choose(0, 12)
                   from piece in Gen.Elements(Pieces)
                   from kind in Gen.Choose(0, 2)
                   select (at, length, piece, kind);
        return Prop.ForAll(Arb.From(Gen.NonEmptyListOf(edit)), edits =>
        {
            var text = Valid;
            foreach (var (at, length, piece, kind) in edits.Take(5))
            {
                var start = Math.Min(at, text.Length);
                var count = Math.Min(length, text.Length - start);
                text = kind switch { 0 => text.Insert(start, piece), 1 => text.Remove(start, count), _ => text.Remove(start, count).Insert(start, piece) };
            }
            ParsesOrRefuses(text);
        });
    }

    [Property(MaxTest = 300)]
    public void Random_overrides_give_a_config_or_its_own_error(string? key, string? value)
    {
        try
        {
            Configs.Parse(Valid, "t.yaml", [$"{key}={value}", $"data.{value}={key}", $"data.classes={value}", $"data.manifest={value}"]);
        }
        catch (ConfigError error)
        {
            Assert.NotEmpty(error.Message);
        }
    }

    [Property(MaxTest = 300)]
    public void Any_name_survives_writing_and_reading(NonEmptyString first, NonEmptyString second)
    {
        // A lone half of a surrogate pair has no place in a text file.
        if (first.Get.Concat(second.Get).Any(char.IsSurrogate))
            return;
        var config = new TrainConfig { Data = new() { Manifest = "/m.csv", RegionsOfInterest = [first.Get, second.Get] } };
        Assert.Equal(config.Data.RegionsOfInterest, Configs.Parse(YamlWriter.Write(config), "t.yaml", []).Data.RegionsOfInterest);
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.All(["[", "{a: ", "- ", "? ", "{? "], opening =>
            Assert.Throws<ConfigError>(() => Configs.Parse(string.Concat(Enumerable.Repeat(opening, 60_000 / opening.Length)), "t.yaml", [])));

    [Fact]
    public void An_alias_bomb_is_refused()
    {
        var bomb = "a0: &a0 [x, x]\n" + string.Concat(Enumerable.Range(1, 60).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n"));
        Assert.Contains("aliases", Assert.Throws<ConfigError>(() => Configs.Parse(bomb, "t.yaml", [])).Message);
    }

    [Fact]
    public void A_huge_text_is_refused_at_once() =>
        Assert.Contains("KiB", Assert.Throws<ConfigError>(() => Configs.Parse(new string('a', YamlText.MaxBytes + 1), "t.yaml", [])).Message);

    private static void ParsesOrRefuses(string text)
    {
        try
        {
            Configs.Parse(text, "t.yaml", []);
        }
        catch (ConfigError error)
        {
            Assert.All(error.Message.Split('\n'), line => Assert.Matches("^(t.yaml|and [0-9]+ more)", line));
        }
    }
}
