using System.Globalization;

namespace Histoseg.Slides.Annotations;

/// <summary>Tells whether an annotation fits its class map and its slide, before labels are painted from it.</summary>
internal static class AnnotationCheck
{
    // An outline that strays a little over the edge is a drawer's hand; further out it deserves a warning.
    private const double Slack = 0.01;

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
        var known = map.Rules.SelectMany(r => r.Groups).Concat(map.RegionsOfInterest).Concat(map.IgnoredGroups)
            .Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var group in annotation.Groups)
            if (!known.Contains(group, StringComparer.OrdinalIgnoreCase))
                throw new SlideError($"{annotation.Path}: group '{group}' is not in the class map{NearestName.Hint(group, known)}; known groups: "
                    + $"{string.Join(", ", known)}; give it a class or list it among the ignored groups");
        if (map.RegionsOfInterest.Count > 0 && !annotation.Groups.Intersect(map.RegionsOfInterest, StringComparer.OrdinalIgnoreCase).Any())
            throw new SlideError($"{annotation.Path}: no region of interest ({string.Join(", ", map.RegionsOfInterest)}), "
                + "so no pixel of the slide would count");
    }

    /// <summary>Requires every region to lie on the slide, at least in part.</summary>
    /// <param name="annotation">The annotation.</param>
    /// <param name="slideWidth">Level-0 pixels.</param>
    /// <param name="slideHeight">Level-0 pixels.</param>
    /// <returns>A line for every region that reaches more than 1 % of the slide's size over its edge and is cut there.</returns>
    /// <exception cref="SlideError">A region lies wholly outside.</exception>
    public static IReadOnlyList<string> RequireInside(Annotation annotation, int slideWidth, int slideHeight)
    {
        var warnings = new List<string>();
        foreach (var region in annotation.Regions)
        {
            var (left, top, right, bottom) = region.Bounds;
            var place = string.Create(CultureInfo.InvariantCulture,
                $"{annotation.Path}: annotation '{region.Name}' ({region.Group}), x {left:0.#}…{right:0.#}, y {top:0.#}…{bottom:0.#},");
            if (right <= 0 || bottom <= 0 || left >= slideWidth || top >= slideHeight)
                throw new SlideError($"{place} lies outside the slide ({slideWidth} × {slideHeight} pixels); check that it belongs to this slide and is in "
                    + "level-0 pixels");
            var (slackX, slackY) = (Slack * slideWidth, Slack * slideHeight);
            if (left < -slackX || top < -slackY || right > slideWidth + slackX || bottom > slideHeight + slackY)
                warnings.Add($"{place} reaches over the edge of the slide ({slideWidth} × {slideHeight} pixels) and is cut there");
        }
        return warnings;
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
