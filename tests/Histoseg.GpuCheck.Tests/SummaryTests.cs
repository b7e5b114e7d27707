namespace Histoseg.GpuCheck.Tests;

public class SummaryTests
{
    private static string Page(params string[] lines) => Summary.Of([.. lines.Select(line => ResultLine.Parse(line)!)]);

    private static string Bench(string what, string engine, string variant, int batch, double ms, double memory, string more = "") =>
        $$"""{"kind":"bench","what":"{{what}}","engine":"{{engine}}","variant":"{{variant}}","batch":{{batch}},"side":512,"ms":{{ms}},"""
        + $$""" "memory_mib":{{memory}},"device_mib":900,"fault":null{{more}}}""";

    [Fact]
    public void Ratios_are_to_the_fastest_compiled_variant_and_the_least_memory()
    {
        var page = Page(
            """{"kind":"ceiling","matrix_tflops":500,"copy_gb_per_s":4000}""",
            Bench("inference", "histoseg", "Bf16", 8, 10, 700, ",\"gflop\":2000"),
            Bench("inference", "histoseg", "Bf16", 8, 12, 700, ",\"gflop\":2000"),
            Bench("inference", "pytorch", "eager", 8, 5, 100),
            Bench("inference", "pytorch", "compile", 8, 22, 1000),
            Bench("inference", "pytorch", "compile, graph", 8, 16.5, 1400));
        Assert.Contains("| 8 | histoseg, Bf16 | 11.000 | 2 | 727.3 |  | 700 | 900 | 182 | 18 % | 36 % |  |", page);
        Assert.Contains("| 8 | pytorch, compile, graph | 16.500 | 1 | 484.8 | 1.50 × | 1400 | 900 | 121 | 12 % | 24 % |  |", page);
        Assert.Contains("| inference, batch 8: speed against PyTorch's fastest compiled (compile, graph) | ≥ 1.3 × | 1.50 ×, met |", page);
        Assert.Contains("| inference, batch 8: peak memory against PyTorch's least compiled (compile) | ≤ 0.7 × | 0.70 ×, met |", page);
    }

    [Fact]
    public void What_is_missing_is_not_measured_rather_than_met()
    {
        var page = Page(Bench("training", "histoseg", "Bf16", 4, 10, 700, ",\"gflop\":2000"),
            """{"kind":"bench","what":"training","engine":"pytorch","variant":"compile","batch":4,"side":512,"fault":"out of memory"}""");
        Assert.Contains("(not measured) | ≥ 1.2 × | not measured |", page);
        Assert.Contains("| 4 | pytorch, compile | – | 1 |", page);
        Assert.Contains("out of memory |", page);
        Assert.DoesNotContain("met |", page);
    }

    [Fact]
    public void A_slower_result_misses()
    {
        var page = Page(
            """{"kind":"bench","what":"gicn","engine":"histoseg","variant":"fused","batch":8,"side":64,"channels":2048,"ms":1,"fault":null}""",
            """{"kind":"bench","what":"gicn","engine":"pytorch","variant":"cuDNN, graph","batch":8,"side":64,"channels":2048,"ms":1.9,"fault":null}""");
        Assert.Contains("| GICN kernel, 64 px, 2048 channels: speed against cuDNN's two convolutions | ≥ 2.0 × | 1.90 ×, missed |", page);
    }

    [Fact]
    public void The_last_try_of_a_step_counts()
    {
        var page = Page(
            """{"kind":"run","date":"2026-01-02T03:04Z","commit":"abc","driver":"1.2"}""",
            """{"kind":"step","name":"cases","state":"failed","seconds":3,"note":"no"}""",
            """{"kind":"step","name":"cases","state":"passed","seconds":4,"note":"yes"}""",
            """{"kind":"case","case":"add","precision":"Bf16","convolutions":"Own","error":0.001,"passed":true,"fault":null}""",
            """{"kind":"case","case":"relu","precision":"Bf16","convolutions":"Own","error":null,"passed":false,"fault":"wrong"}""",
            """{"kind":"slim","what":"loss 1","precision":"Fp32","error":0.5,"tolerance":0.001,"passed":false}""");
        Assert.Contains("| cases | passed | 4 | yes |", page);
        Assert.DoesNotContain("| cases | failed", page);
        Assert.Contains("| commit | abc |", page);
        Assert.Contains("| Own | Bf16 | 1 of 2 | 1.0e-03 |", page);
        Assert.Contains("| slim | Fp32 | loss 1 | 5.0e-01 | 1.0e-03 | **wrong** |", page);
    }

    [Fact]
    public void Who_computes_convolutions_is_told()
    {
        static string Try(string problem, string implementation, string state, string ms, string fault = "null") =>
            $$"""{"kind":"convolution","network":"inference, batch 8","precision":"Bf16","problem":"{{problem}}","""
            + $$""" "implementation":"{{implementation}}","state":"{{state}}","ms":{{ms}},"fault":{{fault}}}""";
        const string chosen = """{"kind":"chosen","what":"inference","batch":8,"precision":"Bf16","own":30,"hopper":2,"cudnn":20,"cublaslt":3}""";
        var page = Page(
            Try("a", "own 64x64", "agrees", "2"), Try("a", "own 128x64", "agrees", "3"), Try("a", "cudnn 1", "agrees", "1"),
            Try("a", "cudnn 4", "refused", "null", "\"not supported\""),
            Try("b", "own 64x64", "agrees", "2"), Try("b", "cudnn 1", "differs", "null", "\"does not agree\""), chosen, chosen,
            """{"kind":"chosen","what":"inference","batch":1,"precision":"Bf16","own":53,"hopper":0,"cudnn":0,"cublaslt":0}""");
        Assert.Contains("| inference, batch 8 | Bf16 | own | 3 | 0 | 0 | 1 of 2 shapes |  |", page);
        Assert.Contains("| inference, batch 8 | Bf16 | cudnn | 1 | 1 | 1 | 1 of 2 shapes | cudnn 4: not supported |", page);
        Assert.Contains("| inference | 1 | Bf16 | 53 | 0 | 0 | 0 |\n| inference | 8 | Bf16 | 30 | 2 | 20 | 3 |\n", page);
        Assert.Single(page.Split('\n'), "| inference | 8 | Bf16 | 30 | 2 | 20 | 3 |");
    }

    [Fact]
    public void Lines_are_read_as_they_were_written()
    {
        using var folder = new TempFolder();
        new ResultFile(folder["a.jsonl"]).Add(("kind", "case"), ("error", double.NaN), ("case", "\"a\" → b"), ("passed", true), ("count", 3));
        File.AppendAllText(folder["a.jsonl"], "{\"kind\":\"cut o");
        var line = Assert.Single(ResultLine.ReadAll(folder.Root));
        Assert.Equal(("case", "\"a\" → b", 3.0), (line.Kind, line.Text("case"), line.Number("count")));
        Assert.True(line.Passed);
        Assert.Null(line.Number("error"));
    }
}
