using Histoseg.Slides;
using Histoseg.Training.Proposals;

namespace Histoseg.Training.Tests.Proposals;

public class LookProposalTests
{
    // A dataset of slides with regions of one diameter, µm or, of unknown scale, pixels.
    private static LookProposal Of(double? mpp, double diameter, int side, int largestPatch = 256)
    {
        var area = Math.PI / 4 * Math.Pow(diameter / (mpp ?? 1), 2);
        var survey = DatasetSurvey.Of([new(new("s.svs", "s.xml", null, null, "s", null), side, side + 100,
            mpp is { } known ? new SlideScale(known, ScaleSource.Properties) : null, "", [new("tumor", null, [area])], [])]);
        return LookProposal.Of(survey, survey.Groups, largestPatch);
    }

    [Theory]
    [InlineData(0.62, 141, 522, 1.24, 192, 32)] // glands, in pictures
    [InlineData(0.25, 10, 100_000, 0.25, 128, 64)] // nuclei
    [InlineData(0.25, 2000, 100_000, 2, 256, 128)] // tumours
    [InlineData(0.5, 64, 100_000, 0.5, 192, 96)]
    [InlineData(0.5, 128, 100_000, 1, 192, 96)]
    public void Scale_and_patch_follow_the_size_of_regions(double own, double diameter, int side, double mpp, int patch, int stride)
    {
        var look = Of(own, diameter, side);
        Assert.Equal((mpp, patch, stride), (look.Mpp, look.PatchSize, look.Stride));
    }

    [Fact]
    public void Patches_have_room_to_move_in_a_picture()
    {
        Assert.Equal(96, Of(1, 128, 130).PatchSize);
        Assert.Equal(512, Of(0.25, 2000, 100_000, largestPatch: 512).PatchSize);
    }

    [Fact]
    public void Without_a_scale_the_pictures_own_pixels_are_taken()
    {
        var look = Of(null, 200, 1000);
        Assert.Null(look.Mpp);
        Assert.Contains("nothing tells the slides' scale", look.MppReason);
        Assert.Equal(256, look.PatchSize);
    }
}
