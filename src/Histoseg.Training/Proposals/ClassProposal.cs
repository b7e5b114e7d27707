using Histoseg.Slides;
using Histoseg.Slides.Annotations;

namespace Histoseg.Training.Proposals;

/// <summary>Classes, and what is painted as which.</summary>
/// <param name="Classes">Names, the background first.</param>
/// <param name="Rules">Groups, the class they are painted as and why; later ones over earlier ones.</param>
/// <param name="RegionsOfInterest">Groups outside of which nothing counts.</param>
/// <param name="LeftOut">Groups that are painted nowhere.</param>
/// <param name="MaskValues">What the values of masks mean; null: there are no masks.</param>
/// <param name="Reason">Why these classes.</param>
internal sealed record ClassProposal(IReadOnlyList<string> Classes, IReadOnlyList<ProposedRule> Rules, IReadOnlyList<string> RegionsOfInterest,
    IReadOnlyList<string> LeftOut, IReadOnlyDictionary<int, string>? MaskValues, string Reason)
{
    private const string Background = "background", Ignore = "ignore";

    // More than a dataset has classes: numbers of objects.
    private const int MostClasses = 12;

    /// <summary>Proposes classes for what a dataset shows.</summary>
    /// <exception cref="SlideError">Nothing is drawn, or annotations and masks cannot be brought together.</exception>
    public static ClassProposal Of(DatasetSurvey survey, Func<Question, string> ask)
    {
        if (survey.Groups.Count == 0)
            throw new SlideError($"{survey.Slides[0].Row.Slide}{(survey.Slides.Count > 1 ? $" and {survey.Slides.Count - 1} more" : "")}: no annotation and no "
                + "mask belongs to it by its name, so there is nothing to learn; name their files or folder with -a");
        var (drawn, values) = (survey.Groups.Where(group => group.Value is null).ToList(), survey.Groups.Where(group => group.Value is not null).ToList());
        if (values.Count == 0)
            return OfAnnotations(survey, drawn, ask);
        var masks = OfMasks(survey, values);
        if (drawn.Count == 0)
            return masks;
        var annotations = OfAnnotations(survey, drawn, ask);
        if (annotations.Classes.Count != 2 || masks.Classes.Count != 2)
            throw new SlideError($"{survey.Slides[0].Row.Slide}: some slides have annotations and others masks of several classes, and which value is "
                + "which group is not told; name one kind with -a");
        var foreground = annotations.Classes[1];
        return annotations with
        {
            MaskValues = masks.MaskValues!.ToDictionary(pair => pair.Key, pair => pair.Value == masks.Classes[1] ? foreground : pair.Value),
        };
    }

    /// <summary>The class, but not the background, that a group is painted as or a value of masks means; null: none.</summary>
    /// <param name="group">The group.</param>
    /// <param name="value">The value; null: a group of annotations.</param>
    public string? ForegroundOf(string group, int? value)
    {
        var name = value is { } number ? MaskValues?.GetValueOrDefault(number)
            : Rules.FirstOrDefault(rule => rule.Groups.Contains(group, StringComparer.OrdinalIgnoreCase))?.Class;
        return name is not null && Classes.Skip(1).Contains(name) ? name : null;
    }

    private static ClassProposal OfAnnotations(DatasetSurvey survey, List<GroupSummary> groups, Func<Question, string> ask)
    {
        var meanings = GroupMeaning.Of(groups, ask);
        // Large regions first, so that what lies in them is painted over them.
        var order = meanings.Zip(groups).OrderByDescending(pair => pair.Second.Area / pair.Second.Regions).Select(pair => pair.First).ToList();
        IEnumerable<GroupMeaning> With(GroupRole role) => order.Where(one => one.Role == role);

        var classes = With(GroupRole.Class).GroupBy(one => one.Class!).ToList();
        if (classes.Count == 0)
            throw new SlideError($"{survey.Slides[0].Row.Annotation}: none of the groups {string.Join(", ", groups.Select(group => $"'{group.Name}'"))} "
                + "is a class by its name, so there is nothing to learn");
        var annotated = survey.Slides.Where(slide => slide.Row.Annotation is not null).ToList();
        var interest = With(GroupRole.RegionOfInterest).Select(one => one.Group).ToList();
        var without = annotated.Count(slide => !slide.Groups.Any(group => interest.Contains(group.Name, StringComparer.OrdinalIgnoreCase)));
        var holds = interest.Count > 0 && without == 0;
        List<ProposedRule> rules =
        [
            .. With(GroupRole.Background).Select(one => new ProposedRule([one.Group], Background, one.Reason)),
            .. classes.Select(one => new ProposedRule([.. one.Select(meaning => meaning.Group)], one.Key, one.First().Reason)),
            .. With(GroupRole.Hole).Select(one => new ProposedRule([one.Group], Background, one.Reason)),
            .. With(GroupRole.Ignored).Select(one => new ProposedRule([one.Group], Ignore, one.Reason)),
        ];
        return new([Background, .. classes.Select(one => one.Key)], rules, holds ? interest : [],
            [.. With(GroupRole.LeftOut).Select(one => one.Group), .. holds ? [] : interest], null,
            $"the background first, then what is drawn, large regions before small ones; in label maps they are {Colours(classes.Count + 1)}"
                + (interest.Count > 0 && !holds ? $"; {string.Join(", ", interest)} is not taken for a region of interest, because {without} of "
                    + $"{annotated.Count} annotated slides have none" : ""));
    }

    private static ClassProposal OfMasks(DatasetSurvey survey, List<GroupSummary> values)
    {
        var masks = survey.Slides.Where(slide => slide.Row.Mask is not null).ToList();
        var name = NameOf(masks.Select(slide => slide.Row.Mask!));
        var numbers = values.Select(group => group.Value!.Value).Order().ToList();
        List<int> foreground = [.. numbers.Where(value => value != 0)];
        if (foreground is [])
            throw new SlideError($"{masks[0].Row.Mask}: the masks have the value 0 alone, so there is nothing to learn");
        if (foreground is [_])
            return Masks([Background, name ?? "foreground"], new() { [0] = Background, [foreground[0]] = name ?? "foreground" },
                $"0 is the background and {foreground[0]}, the only other value of the masks, what is drawn");
        if (foreground is [1, 255] && masks.All(slide => slide.Groups.Count(group => group.Value != 0) < 2))
            return Masks([Background, name ?? "foreground"], new() { [0] = Background, [1] = name ?? "foreground", [255] = name ?? "foreground" },
                "0 is the background; some masks have 1 and others 255 for what is drawn, and none has both");
        if (foreground.Count > MostClasses && CountObjects(masks))
            return Masks([Background, name ?? "object"],
                Enumerable.Range(0, 256).ToDictionary(value => value, value => value == 0 ? Background : name ?? "object"),
                "the masks' values are numbers of objects: each mask counts from 1 to as many as it has");
        if (foreground.Count > MostClasses)
            throw new SlideError($"{masks[0].Row.Mask}: the masks have {foreground.Count} values besides 0, which are too many for classes and no numbers of "
                + "objects; write a class map by hand (engine init --template)");
        List<int> classes = [.. foreground.Where(value => value != 255)];
        var meanings = classes.ToDictionary(value => value, value => $"{name ?? "class"} {value}");
        meanings[0] = Background;
        if (numbers.Contains(255))
            meanings[255] = Ignore;
        return Masks([Background, .. classes.Select(value => meanings[value])], meanings,
            "0 is the background, the other values are classes" + (numbers.Contains(255) ? ", and 255 is what does not count" : ""));
    }

    private static ClassProposal Masks(IReadOnlyList<string> classes, Dictionary<int, string> values, string reason) =>
        new(classes, [], [], [], values.OrderBy(pair => pair.Key).ToDictionary(), $"{reason}; in label maps the classes are {Colours(classes.Count)}");

    private static string Colours(int classes) => string.Join(", ", Enumerable.Range(0, classes).Select(label => ClassPalette.Usual.OfMap((byte)label))
        .Select(colour => $"#{colour.Red:x2}{colour.Green:x2}{colour.Blue:x2}"));

    // Masks of one folder, such as mask_gland, or of one ending.
    private static string? NameOf(IEnumerable<string> masks)
    {
        var folders = masks.Select(mask => Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(mask))) ?? "").Distinct().ToList();
        return folders is [var folder] && TruthNames.SaysMask(folder) && TruthNames.Subject(folder) is { Length: > 0 } subject
            ? subject.ToLowerInvariant() : null;
    }

    private static bool CountObjects(List<SurveyedSlide> masks)
    {
        var counts = masks.Select(slide => slide.Groups.Select(group => group.Value!.Value).Where(value => value != 0).Order().ToList())
            .Where(own => own.Count > 0).ToList();
        return counts.Count(own => own[^1] == own.Count) >= 0.9 * counts.Count;
    }
}

/// <summary>A rule of a class map.</summary>
/// <param name="Groups">Annotation groups.</param>
/// <param name="Class">The class they are painted as, or <c>ignore</c>.</param>
/// <param name="Reason">Why.</param>
internal sealed record ProposedRule(IReadOnlyList<string> Groups, string Class, string Reason);
