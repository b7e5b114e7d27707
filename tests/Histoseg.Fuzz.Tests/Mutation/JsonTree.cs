using System.Text;
using System.Text.Json;

namespace Histoseg.Fuzz.Tests.Mutation;

/// <summary>JSON as a tree that may become what no library would write: names twice, numbers that are none.</summary>
internal sealed class JsonTree
{
    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1e999", "-1e308", "NaN", "Infinity", "-Infinity", "1e-320", "4294967296", "9223372036854775808", "0.5",
        "12345678901234567890123",
        "\"\"", "\"a\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\u001b[31m\"", "\"=1+1\"", "\"\u202e\u00e9\"", "[]", "{}", "[[]]", "[null]", "[0,0]",
        "[1e300,-1e300]", "[[0,0],[1,1],[0,0]]",
        "{\"type\":\"Polygon\"}", "\"Polygon\"", "\"F64\"", "[0]", "[4294967296,4294967296]",
    ];

    private readonly char _kind; // '{', '[' or 'v'
    private readonly List<(string Name, JsonTree Value)> _items = [];
    private string _text = "";

    private JsonTree(char kind) => _kind = kind;

    private static JsonTree Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Of(document.RootElement);
    }

    /// <summary>A mutant of valid JSON.</summary>
    /// <param name="random">Chooses.</param>
    /// <param name="json">What it is made of.</param>
    /// <param name="share">Times as many edits as usual; more where there is much that matters little.</param>
    public static string Mutate(Random random, string json, int share = 1)
    {
        var tree = Parse(json);
        for (var edits = random.Edits() * share; edits > 0; edits--)
            tree.Edit(random);
        return tree.ToString();
    }

    /// <summary>The JSON.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    // One edit somewhere.
    private void Edit(Random random)
    {
        var all = new List<JsonTree>();
        Collect(all);
        var one = random.Of(all);
        if (one._kind == 'v' || one._items.Count == 0)
        {
            one._text = random.Of(Values);
            return;
        }
        var at = random.Next(one._items.Count);
        var (name, value) = one._items[at];
        switch (random.Next(8))
        {
            case 0:
                one._items.RemoveAt(at);
                break;
            case 1:
                one._items.Insert(random.Next(one._items.Count), (name, value.Copy()));
                break;
            case 2:
                one._items[at] = (name, random.Of(all).Copy());
                break;
            case 3:
                one._items[at] = (random.Of(all.SelectMany(tree => tree._items).ToList()).Name, value);
                break;
            case 4:
                var wrapper = new JsonTree('[');
                wrapper._items.Add(("", value));
                one._items[at] = (name, wrapper);
                break;
            case 5:
                one._items.Reverse();
                break;
            default:
                one._items[at] = (name, Raw(random.Of(Values)));
                break;
        }
    }

    private static JsonTree Of(JsonElement element)
    {
        if (element.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            return Raw(element.GetRawText());
        var tree = new JsonTree(element.ValueKind == JsonValueKind.Object ? '{' : '[');
        if (element.ValueKind == JsonValueKind.Object)
            tree._items.AddRange(element.EnumerateObject().Select(item => (item.Name, Of(item.Value))));
        else
            tree._items.AddRange(element.EnumerateArray().Select(item => ("x", Of(item))));
        return tree;
    }

    private static JsonTree Raw(string text) => new('v') { _text = text };

    private JsonTree Copy()
    {
        var copy = new JsonTree(_kind) { _text = _text };
        copy._items.AddRange(_items.Select(item => (item.Name, item.Value.Copy())));
        return copy;
    }

    private void Collect(List<JsonTree> all)
    {
        all.Add(this);
        foreach (var (_, value) in _items)
            value.Collect(all);
    }

    private void Write(StringBuilder text)
    {
        // An empty object or array may have got a value in its place.
        if (_kind == 'v' || _text.Length > 0)
        {
            text.Append(_text);
            return;
        }
        text.Append(_kind);
        for (var i = 0; i < _items.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            if (_kind == '{')
                text.Append(JsonSerializer.Serialize(_items[i].Name)).Append(": ");
            _items[i].Value.Write(text);
        }
        text.Append(_kind == '{' ? '}' : ']');
    }
}
