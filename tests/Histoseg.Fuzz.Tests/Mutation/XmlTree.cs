using System.Xml.Linq;

namespace Histoseg.Fuzz.Tests.Mutation;

/// <summary>Edits of XML that stays well formed, and of the text around it.</summary>
internal static class XmlTree
{
    private static readonly string[] Values =
        ["", "0", "-1", "NaN", "Infinity", "-1e308", "1e999", "1,5", "0x10", "4294967296", "tumour", "None", "hole", "Polygon", "Rectangle", "\u202e",
            "=1+1", "é", "1e-320", "99999999999999999999"];

    // Put in after writing: an attribute of a library's tree takes none of these.
    private static readonly string[] Raw = ["&#x1;", "&b;", "&lt;", "<![CDATA[x]]>", "<!-- -->", "<?x y?>", "\0", "\uFFFF", "\"", "<", "xmlns=\"a\" "];

    private static readonly string[] Starts =
        ["<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "<!DOCTYPE a [<!ENTITY b \"&b;&b;\">]>", "<!DOCTYPE a SYSTEM \"http://nowhere.invalid/x\">",
            "<?xml version=\"1.0\" encoding=\"utf-16\"?>", "<?xml version=\"1.1\"?>", "<?xml version=\"1.0\" encoding=\"windows-1252\"?>", " ", "\uFEFF"];

    /// <summary>A mutant.</summary>
    public static string Mutate(Random random, string xml)
    {
        var root = XElement.Parse(xml[xml.IndexOf("<A", StringComparison.Ordinal)..]);
        for (var edits = random.Edits(); edits > 0; edits--)
            Edit(random, root);
        var text = root.ToString();
        if (random.OneIn(6))
            text = random.Of(Starts) + text;
        if (random.OneIn(6))
            text = text.Insert(random.Next(text.Length), random.Of(Raw));
        return text;
    }

    private static void Edit(Random random, XElement root)
    {
        var all = root.DescendantsAndSelf().ToList();
        var one = random.Of(all);
        var attributes = one.Attributes().ToList();
        switch (random.Next(9))
        {
            case 0 when one != root:
                one.Remove();
                break;
            case 1 when one != root:
                one.AddAfterSelf(new XElement(one));
                break;
            case 2 when one != root:
                random.Of(all).Add(new XElement(one));
                break;
            case 3:
                one.Name = random.Of(all).Name;
                break;
            case 4 when attributes.Count > 0:
                random.Of(attributes).Remove();
                break;
            case 5:
                one.Add(new XText(random.Of(Values)));
                break;
            case 6 when one != root:
                for (var depth = random.Next(200); depth > 0; depth--)
                {
                    var inner = new XElement(one.Name);
                    one.Add(inner);
                    one = inner;
                }
                break;
            default:
                if (attributes.Count > 0)
                    random.Of(attributes).Value = random.Of(Values);
                break;
        }
    }
}
