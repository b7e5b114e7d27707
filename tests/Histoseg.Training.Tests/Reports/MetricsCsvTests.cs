using Histoseg.Slides;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Tests.Reports;

public sealed class MetricsCsvTests : IDisposable
{
    private static readonly string[] Classes = ["background", "tumour, \"grade\" 1"];
    private readonly string _folder = Directory.CreateTempSubdirectory("histoseg-").FullName;

    private string File => Path.Combine(_folder, "metrics.csv");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_appended_is_read_back()
    {
        MetricsRow[] rows = [Row(10), Row(20, [0.9, 0.75]), Row(30)];
        Write(rows);
        var table = MetricsCsv.Read(File);
        Assert.Equal(Classes, table.Classes);
        Assert.Equal([10, 20, 30], table.Rows.Select(row => row.Iteration));
        Assert.Equal(rows[0], table.Rows[0]);
        Assert.Equal([0.9, 0.75], table.Rows[1].ValidationDice);
        Assert.Equal("iteration,seconds,loss,cross_entropy,location_loss,learning_rate,positive_share,patches_per_second,val_dice_background,"
            + "\"val_dice_tumour, \"\"grade\"\" 1\"", System.IO.File.ReadLines(File).First());
    }

    [Fact]
    public void Every_line_is_on_disk_at_once()
    {
        using var csv = MetricsCsv.Open(File, Classes);
        csv.Append(Row(10));
        Assert.Single(MetricsCsv.Read(File).Rows);
    }

    [Fact]
    public void Resuming_drops_later_and_cut_off_lines_and_goes_on()
    {
        Write(Row(10), Row(20, [0.9, 0.7]), Row(30));
        System.IO.File.AppendAllText(File, "40,1.5,0.");
        using (var csv = MetricsCsv.Open(File, Classes, resumeFrom: 20))
            csv.Append(Row(25));
        var rows = MetricsCsv.Read(File).Rows;
        Assert.Equal([10, 20, 25], rows.Select(row => row.Iteration));
        Assert.Equal([0.9, 0.7], rows[1].ValidationDice);
    }

    [Fact]
    public void Starting_anew_empties_the_file()
    {
        Write(Row(10));
        Write(Row(5));
        Assert.Equal([5], MetricsCsv.Read(File).Rows.Select(row => row.Iteration));
    }

    [Fact]
    public void Numbers_that_are_not_finite_survive()
    {
        Write(Row(10) with { Loss = double.NaN, LocationLoss = double.PositiveInfinity });
        Assert.Equal(double.NaN, MetricsCsv.Read(File).Rows[0].Loss);
        Assert.Equal(double.PositiveInfinity, MetricsCsv.Read(File).Rows[0].LocationLoss);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello\n1\n")]
    [InlineData("iteration,\"seconds")]
    public void Another_file_is_refused(string content)
    {
        System.IO.File.WriteAllText(File, content);
        Assert.Contains("not a table of training metrics", Assert.Throws<SlideError>(() => MetricsCsv.Read(File)).Message);
    }

    [Fact]
    public void Resuming_with_other_classes_is_refused()
    {
        Write(Row(10));
        Assert.Contains("has the classes", Assert.Throws<SlideError>(() => MetricsCsv.Open(File, ["a", "b"], resumeFrom: 10)).Message);
    }

    private static MetricsRow Row(int iteration, IReadOnlyList<double>? dice = null) =>
        new(iteration, iteration * 1.5, 0.5, 0.25, 0.125, 5e-4, 0.5, 9.25, dice);

    private void Write(params MetricsRow[] rows)
    {
        using var csv = MetricsCsv.Open(File, Classes);
        foreach (var row in rows)
            csv.Append(row);
    }
}
