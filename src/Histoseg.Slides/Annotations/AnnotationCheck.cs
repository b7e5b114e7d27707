using System.Globalization;

namespace Histoseg.Slides.Annotations;

/// <summary>Tells whether an annotation fits its class map and its slide, before labels are painted from it.</summary>
internal static class AnnotationCheck
{
    // An outline that strays a little over the edge is a drawer's hand; further out it deserves a warning.
    private const double Slack = 0.01;

    private const int MostWarnings = 20;

    /// <summary>Requires every class that the rules paint to be one of the map's classes (or <see cref="ClassMap.IgnoreClass"/>).</summary>
    /// <exception cref="SlideError">A rule paints an unknown class.</exception>
    public static void RequireClasses(ClassMap map)
    {
        foreach (var rule in map.Rules)
            _ = LabelOf(rule.Class, map);
    }

    /// <summary>Requires at least one region with an area.</summary>
    /// <exception cref="SlideError">The annotation is empty.</exception>
    public static void RequireRegions(Annotation annotation)
    {
        if (annotation.Regions.Count == 0)
            throw new SlideError($"{annotation.Path}: the annotation holds no region; draw one, or leave the slide's annotation out of the manifest if it "
                + "is background throughout");
    }

    /// <summary>Requires every group of the annotation to be in the class map, and a region of interest where the map wants one.</summary>
    /// <exception cref="SlideError">A group is unknown, or regions of interest are wanted and there are none.</exception>
    public static void RequireKnownGroups(Annotation annotation, ClassMap map)
    {
        if (UnknownGroups.In([annotation], map) is { } unknown)
            throw new SlideError($"{annotation.Path}: {unknown.Message}");
        if (map.RegionsOfInterest.Count > 0 && !annotation.Groups.Intersect(map.RegionsOfInterest, StringComparer.OrdinalIgnoreCase).Any())
            throw new SlideError($"{annotation.Path}: no region of interest ({string.Join(", ", map.RegionsOfInterest)}), "
                + "so no pixel of the slide would count");
    }

    /// <summary>Requires every region to lie on the slide, at least in part.</summary>
    /// <param name="annotation">The annotation.</param>
    /// <param name="slideWidth">Level-0 pixels.</param>
    /// <param name="slideHeight">Level-0 pixels.</param>
    /// <returns>
    /// A line for each region, of the first some, that reaches more than 1 % of the slide's size over its edge and is cut there; and how many more there are.
    /// </returns>
    /// <exception cref="SlideError">Regions lie wholly outside.</exception>
    public static IReadOnlyList<string> RequireInside(Annotation annotation, int slideWidth, int slideHeight)
    {
        var outside = annotation.Regions.Where(IsOutside).ToList();
        if (outside.Count > 0)
            throw new SlideError($"{Place(annotation, outside[0])} lies outside the slide ({slideWidth} × {slideHeight} pixels)"
                + $"{(outside.Count > 1 ? $", as {(outside.Count == 2 ? "does" : "do")} {outside.Count - 1} more of its {annotation.Regions.Count}" : "")}; "
                + "check that the annotation belongs to this slide and is in level-0 pixels");
        var over = annotation.Regions.Where(ReachesOver).ToList();
        var warnings = over.Take(MostWarnings).Select(region =>
            $"{Place(annotation, region)} reaches over the edge of the slide ({slideWidth} × {slideHeight} pixels) and is cut there").ToList();
        if (over.Count > MostWarnings)
            warnings.Add($"{annotation.Path}: {Figures.Count(over.Count - MostWarnings, "more annotation reaches", "more annotations reach")} over the edge of "
                + $"the slide and {(over.Count - MostWarnings == 1 ? "is" : "are")} cut there");
        return warnings;

        bool IsOutside(AnnotatedRegion region) => region.Bounds is var (left, top, right, bottom)
            && (right <= 0 || bottom <= 0 || left >= slideWidth || top >= slideHeight);

        bool ReachesOver(AnnotatedRegion region) => region.Bounds is var (left, top, right, bottom)
            && (left < -Slack * slideWidth || top < -Slack * slideHeight || right > slideWidth + (Slack * slideWidth)
                || bottom > slideHeight + (Slack * slideHeight));
    }

    private static string Place(Annotation annotation, AnnotatedRegion region)
    {
        var (left, top, right, bottom) = region.Bounds;
        return string.Create(CultureInfo.InvariantCulture,
            $"{annotation.Path}: annotation '{region.Name}' ({region.Group}), x {left:0.#}…{right:0.#}, y {top:0.#}…{bottom:0.#},");
    }

    /// <summary>The label that a rule's class paints.</summary>
    internal static byte LabelOf(string name, ClassMap map)
    {
        if (ClassMap.IsIgnore(name))
            return ClassMap.Ignore;
        for (var i = 0; i < map.Classes.Count; i++)
            if (string.Equals(map.Classes[i], name, StringComparison.OrdinalIgnoreCase))
                return (byte)i;
        throw new SlideError($"class map: a rule paints class '{name}', which is not among the classes{NearestName.Hint(name, map.Classes)}; known classes: "
            + $"{string.Join(", ", map.Classes)}, and '{ClassMap.IgnoreClass}'");
    }
}
