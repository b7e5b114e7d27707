using Histoseg.Slides;
using Histoseg.Training.Proposals;

namespace Histoseg.Training.Tests.Proposals;

public class ClassProposalTests
{
    private static readonly SlideScale Scale = new(0.5, ScaleSource.Properties);

    private static string Proposed(Question question) => question.Proposal;

    private static DatasetSurvey Annotated(params (string Group, double[] Areas)[][] slides) => Survey([.. slides.Select((groups, i) => new SurveyedSlide(
        new($"s{i}.svs", $"s{i}.xml", null, null, $"s{i}", null), 1000, 1000, Scale, "ASAP XML",
        [.. groups.Select(group => new SurveyedGroup(group.Group, null, group.Areas))], []))]);

    private static DatasetSurvey Masked(string folder, params int[][] values) => Survey([.. values.Select((own, i) => new SurveyedSlide(
        new($"{i}.png", null, Path.Join(folder, $"{i}.png"), null, $"{i}", null), 100, 100, null, "mask",
        [.. own.Select(value => new SurveyedGroup($"{value}", value, [100]))], []))]);

    private static DatasetSurvey Survey(SurveyedSlide[] slides) => DatasetSurvey.Of(slides);

    private static string[] RulesOf(ClassProposal proposal) => [.. proposal.Rules.Select(rule => $"{string.Join('+', rule.Groups)}={rule.Class}")];

    [Fact]
    public void Groups_are_classes_by_their_names_large_regions_first()
    {
        var proposal = ClassProposal.Of(Annotated([("Hole", [50]), ("Tumor", [400, 600]), ("Stroma", [90_000]), ("normal", [10]), ("ROI", [500_000]),
            ("Artefact", [5])]), Proposed);
        Assert.Equal(["background", "stroma", "tumor"], proposal.Classes);
        Assert.Equal(["normal=background", "Stroma=stroma", "Tumor=tumor", "Hole=background", "Artefact=ignore"], RulesOf(proposal));
        Assert.Equal(["ROI"], proposal.RegionsOfInterest);
        Assert.Empty(proposal.LeftOut);
    }

    [Fact]
    public void A_region_of_interest_that_some_slides_lack_is_none()
    {
        var proposal = ClassProposal.Of(Annotated([("tumor", [4]), ("roi", [50])], [("tumor", [4])]), Proposed);
        Assert.Empty(proposal.RegionsOfInterest);
        Assert.Equal(["roi"], proposal.LeftOut);
        Assert.Contains("1 of 2 annotated slides have none", proposal.Reason);
    }

    [Fact]
    public void Camelyons_numbers_are_known()
    {
        var proposal = ClassProposal.Of(Annotated([("_0", [40]), ("_2", [4])], [("_1", [30])]), Proposed);
        Assert.Equal(["background", "tumour"], proposal.Classes);
        Assert.Equal(["_0+_1=tumour", "_2=background"], RulesOf(proposal));
    }

    [Theory]
    [InlineData("class", "background none tumor", "")]
    [InlineData("background", "background tumor", "None=background")]
    [InlineData("ignore", "background tumor", "None=ignore")]
    [InlineData("leave out", "background tumor", "")]
    public void A_name_that_tells_nothing_is_asked_about(string answer, string classes, string rule)
    {
        var asked = new List<Question>();
        var proposal = ClassProposal.Of(Annotated([("None", [400]), ("tumor", [40])]), question =>
        {
            asked.Add(question);
            return answer;
        });
        Assert.Contains("'None' (1 region", Assert.Single(asked).Text);
        Assert.Equal(classes, string.Join(' ', proposal.Classes));
        Assert.True(rule.Length == 0 || RulesOf(proposal).Contains(rule));
        Assert.Equal(answer == "leave out" ? ["None"] : [], proposal.LeftOut);
    }

    [Fact]
    public void The_only_group_is_the_foreground_whatever_it_is_called()
    {
        Assert.Equal(["unclassified=foreground"], RulesOf(ClassProposal.Of(Annotated([("unclassified", [40])]), Proposed)));
        Assert.Equal(["normal=normal"], RulesOf(ClassProposal.Of(Annotated([("normal", [40])]), Proposed)));
    }

    [Theory]
    [InlineData("mask_gland", "0,1", "background gland", "0:background 1:gland")]
    [InlineData("masks", "0,255", "background foreground", "0:background 255:foreground")]
    [InlineData("mask_grade", "0,1,2,255", "background grade 1,grade 2", "0:background 1:grade 1 2:grade 2 255:ignore")]
    public void Values_of_masks_are_classes(string folder, string values, string classes, string meanings)
    {
        var proposal = ClassProposal.Of(Masked(folder, [.. values.Split(',').Select(int.Parse)]), Proposed);
        Assert.Equal(classes.Replace("background ", "background,", StringComparison.Ordinal).Split(','), proposal.Classes);
        Assert.Equal(meanings, string.Join(' ', proposal.MaskValues!.Select(pair => $"{pair.Key}:{pair.Value}")));
    }

    [Fact]
    public void Masks_may_have_1_or_255_for_the_same()
    {
        var proposal = ClassProposal.Of(Masked("masks", [0, 1], [0, 255], [0]), Proposed);
        Assert.Equal(["background", "foreground"], proposal.Classes);
        Assert.Equal(["background", "foreground", "foreground"], proposal.MaskValues!.Values);
        Assert.Equal("ignore", ClassProposal.Of(Masked("masks", [0, 1], [0, 1, 255]), Proposed).MaskValues![255]);
    }

    [Fact]
    public void Numbers_of_objects_are_one_class()
    {
        var proposal = ClassProposal.Of(Masked("gt_nuclei", [.. Enumerable.Range(0, 20)], [.. Enumerable.Range(0, 7)]), Proposed);
        Assert.Equal(["background", "nuclei"], proposal.Classes);
        Assert.Equal(256, proposal.MaskValues!.Count);
        Assert.Equal("nuclei", proposal.MaskValues[200]);
        var error = Assert.Throws<SlideError>(() => ClassProposal.Of(Masked("m", [.. Enumerable.Range(0, 20).Select(i => 5 * i)]), Proposed));
        Assert.Contains("too many for classes", error.Message);
    }

    [Fact]
    public void Nothing_to_learn_is_told()
    {
        Assert.Contains("value 0 alone", Assert.Throws<SlideError>(() => ClassProposal.Of(Masked("m", [0]), Proposed)).Message);
        Assert.Contains("nothing to learn", Assert.Throws<SlideError>(() => ClassProposal.Of(Annotated(Array.Empty<(string, double[])>()), Proposed)).Message);
    }
}
