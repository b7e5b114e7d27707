using Histoseg.Training.Config;

namespace Histoseg.Training.Tests.Config;

/// <summary>Paths as Windows writes them in a config: a colon after the drive, backslashes.</summary>
public class WindowsPathTests
{
    private const string Windows = @"C:\slides\new\slides.csv";

    [Theory]
    [InlineData(Windows)]
    [InlineData($"'{Windows}'")]
    [InlineData(@"""C:\\slides\\new\\slides.csv""")]
    public void Backslashes_are_kept_plain_in_single_quotes_and_doubled_in_double_ones(string written)
    {
        var manifest = ConfigFile.Parse<TrainConfig>($"data:\n  manifest: {written}\n", "train.yaml").Data.Manifest;
        Assert.Equal(Path.GetFullPath(Windows), manifest);
        Assert.Equal(Path.GetFullPath(Windows),
            ConfigFile.Parse<TrainConfig>("data: {manifest: a.csv}", "train.yaml", new ConfigOverride($"data.manifest={written}")).Data.Manifest);
    }

    [Fact]
    public void Single_backslashes_in_double_quotes_are_refused_with_the_line()
    {
        var error = Assert.Throws<ConfigError>(() => ConfigFile.Parse<TrainConfig>("seed: 1\ndata:\n  manifest: \"C:\\slides\\x.csv\"\n", "train.yaml"));
        Assert.StartsWith("train.yaml:3: ", error.Message);
    }
}
