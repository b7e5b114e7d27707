using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Histoseg.Training.Config;

/// <summary>Reads YAML text into nodes, and nothing but <see cref="ConfigError"/> comes of text that is not what a config is.</summary>
internal static class YamlText
{
    /// <summary>Bytes a config may have.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Levels of nesting a config may have.</summary>
    public const int MaxDepth = 32;

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="ConfigError">The file is missing, too large, no regular file, or cannot be read.</exception>
    public static string ReadFile(string path)
    {
        try
        {
            using var file = InputFile.Open(path);
            var bytes = new byte[MaxBytes + 1];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count > MaxBytes)
                throw new ConfigError($"{path} is larger than {MaxBytes / 1024} KiB; this is no config");
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetString(bytes, 0, count).TrimStart('\uFEFF');
        }
        catch (Exception error) when (FileTrouble.Is(error))
        {
            throw new ConfigError($"{path}: the config cannot be read: {FileTrouble.InWords(error)}", error);
        }
    }

    /// <summary>Parses one document; null when the text is empty.</summary>
    /// <param name="text">The YAML.</param>
    /// <param name="source">What errors call it: a file name or a flag.</param>
    /// <exception cref="ConfigError">The text is not YAML, nests too deeply, or uses aliases or tags.</exception>
    public static YamlNode? Parse(string text, string source)
    {
        if (text.Length > MaxBytes)
            throw new ConfigError($"{source} is larger than {MaxBytes / 1024} KiB; this is no config");
        try
        {
            // The node tree is built recursively and aliases can make it exponentially large, so the flat event stream is looked through first.
            CheckEvents(text, source);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count switch
            {
                0 => null,
                1 => stream.Documents[0].RootNode,
                _ => throw new ConfigError($"{source} holds {stream.Documents.Count} YAML documents; there must be one"),
            };
        }
        catch (YamlException error)
        {
            throw new ConfigError($"{source}{At(error.Start)}: this is not YAML: {OneLine(error.Message)}", error);
        }
        catch (Exception error) when (error is not ConfigError)
        {
            // The YAML library answers some malformed text with exceptions of the base library.
            throw new ConfigError($"{source}: this is not YAML; check quotation marks, colons and indents", error);
        }
    }

    private static void CheckEvents(string text, string source)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            var current = parser.Current!;
            if (current is AnchorAlias || current is NodeEvent { Anchor.IsEmpty: false })
                throw new ConfigError($"{source}{At(current.Start)}: anchors and aliases (& and *) are not used in a config; write the value out");
            if (current is NodeEvent { Tag.IsEmpty: false })
                throw new ConfigError($"{source}{At(current.Start)}: tags (!) are not used in a config; leave it out");
            depth += current.NestingIncrease;
            if (depth > MaxDepth)
                throw new ConfigError($"{source}{At(current.Start)}: nested more than {MaxDepth} deep; this is no config");
        }
    }

    private static string At(Mark mark) => mark.Line > 0 ? $":{mark.Line}" : "";

    private static string OneLine(string message) =>
        string.Join(' ', message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
