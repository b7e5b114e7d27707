using System.Text;
using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Tests.Annotations;

/// <summary>Small annotation files of every format, and shorthands to read and paint them.</summary>
internal static class Samples
{
    public const string Asap = """
        <?xml version="1.0"?>
        <ASAP_Annotations>
          <Annotations>
            <Annotation Name="nest 1" Type="Polygon" PartOfGroup="tumour" Color="#F4FA58">
              <Coordinates>
                <Coordinate Order="0" X="10" Y="10" /><Coordinate Order="1" X="30.5" Y="10" />
                <Coordinate Order="2" X="30.5" Y="30" /><Coordinate Order="3" X="10" Y="30" />
              </Coordinates>
            </Annotation>
            <Annotation Name="gap" Type="Spline" PartOfGroup="hole" Color="#F4FA58">
              <Coordinates>
                <Coordinate Order="0" X="15" Y="15" /><Coordinate Order="1" X="20" Y="15" />
                <Coordinate Order="2" X="20" Y="20" /><Coordinate Order="3" X="15" Y="20" />
              </Coordinates>
            </Annotation>
            <Annotation Name="mark" Type="Dot" PartOfGroup="None" Color="#F4FA58">
              <Coordinates><Coordinate Order="0" X="5" Y="5" /></Coordinates>
            </Annotation>
            <Annotation Name="sliver" Type="Polygon" PartOfGroup="tumour" Color="#F4FA58">
              <Coordinates><Coordinate Order="0" X="5" Y="5" /><Coordinate Order="1" X="6" Y="5" /></Coordinates>
            </Annotation>
            <Annotation Name="area" Type="Rectangle" PartOfGroup="" Color="#F4FA58">
              <Coordinates>
                <Coordinate Order="0" X="0" Y="0" /><Coordinate Order="1" X="40" Y="0" />
                <Coordinate Order="2" X="40" Y="40" /><Coordinate Order="3" X="0" Y="40" />
              </Coordinates>
            </Annotation>
          </Annotations>
          <AnnotationGroups><Group Name="tumour" PartOfGroup="None" Color="#00ff00"><Attributes /></Group></AnnotationGroups>
        </ASAP_Annotations>
        """;

    public const string GeoJson = """
        {"type":"FeatureCollection","features":[
          {"type":"Feature","id":"a","geometry":{"type":"Polygon","coordinates":[[[10,10],[30.5,10],[30.5,30],[10,30],[10,10]],
            [[15,15],[20,15],[20,20],[15,20],[15,15]]]},
           "properties":{"objectType":"annotation","name":"nest","classification":{"name":"Tumour","color":[200,0,0]}}},
          {"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":[[[[1,1],[3,1],[3,3],[1,1]]],[[[5,5],[7,5],[7,7],[5,5]]]]},
           "properties":{"classification":"Stroma"}},
          {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,1],[3,1],[3,3],[1,1]]]},
           "properties":{"classification":{"names":["Tumour","Positive"]}}},
          {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,1,0],[3,1,0],[3,3,0],[1,1,0]]]},"properties":{"classification":null}},
          {"type":"Feature","geometry":{"type":"Point","coordinates":[1,1]},"properties":{}}
        ]}
        """;

    public const string ImageScope = """
        <Annotations MicronsPerPixel="0.25">
          <Annotation Id="1" Name="Tumour" LineColor="255">
            <Attributes><Attribute Name="Description" Id="0" Value="ignored, the layer has a name"/></Attributes>
            <Regions>
              <RegionAttributeHeaders><AttributeHeader Id="9999" Name="Region"/></RegionAttributeHeaders>
              <Region Id="1" Type="0" NegativeROA="0" InputRegionId="0"><Attributes/><Vertices>
                <Vertex X="10" Y="10"/><Vertex X="30" Y="10"/><Vertex X="30" Y="30"/><Vertex X="10" Y="30"/></Vertices></Region>
              <Region Id="2" Type="0" NegativeROA="1" InputRegionId="1"><Attributes/><Vertices>
                <Vertex X="12" Y="12"/><Vertex X="20" Y="12"/><Vertex X="20" Y="20"/><Vertex X="12" Y="20"/></Vertices></Region>
              <Region Id="3" Type="1" NegativeROA="0" InputRegionId="0"><Attributes/><Vertices>
                <Vertex X="14" Y="14"/><Vertex X="16" Y="16"/></Vertices></Region>
              <Region Id="4" Type="4" NegativeROA="0" InputRegionId="0"><Vertices><Vertex X="1" Y="1"/><Vertex X="9" Y="9"/></Vertices></Region>
            </Regions>
          </Annotation>
          <Annotation Id="2" Name=""><Attributes><Attribute Name="Stroma" Id="0" Value=""/></Attributes><Regions>
            <Region Id="1" Type="2"><Vertices><Vertex X="40" Y="10"/><Vertex X="60" Y="20"/></Vertices></Region></Regions></Annotation>
          <Annotation Id="3" Name=""><Attributes><Attribute Name="Description" Id="0" Value=""/></Attributes><Regions>
            <Region Id="1" Type="0"><Vertices><Vertex X="40" Y="10"/><Vertex X="60" Y="20"/><Vertex X="60" Y="30"/></Vertices></Region></Regions></Annotation>
        </Annotations>
        """;

    public static Annotation Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    public static Annotation Parse(byte[] content) => AnnotationFile.Parse("slide.anno", content);

    public static ClassMap Map(string[] classes, (string Group, string Class)[] rules, string[]? interest = null, string[]? ignored = null) =>
        new(classes, [.. rules.Select(r => new ClassRule([r.Group], r.Class))], interest ?? [], ignored ?? []);

    public static byte[] Paint(this ILabelSource source, int width, int height, int x = 0, int y = 0, double downsample = 1)
    {
        var labels = new byte[width * height];
        // What is not painted shows.
        Array.Fill(labels, (byte)77);
        source.Paint(x, y, width, height, downsample, labels);
        return labels;
    }
}
