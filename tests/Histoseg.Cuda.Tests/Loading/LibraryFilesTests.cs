using Histoseg.Cuda;

namespace Histoseg.Tests.Loading;

public class LibraryFilesTests
{
    [Theory]
    [InlineData(12, "libcublasLt.so.12")]
    [InlineData(13, "libcublasLt.so.13 libcublasLt.so.12")]
    [InlineData(14, "libcublasLt.so.13 libcublasLt.so.12")]
    public void A_driver_runs_the_libraries_of_its_cuda_and_older_ones(int cudaMajor, string names) =>
        Assert.Equal(names.Split(' '), LibraryFiles.CublasLt(windows: false, cudaMajor).Names);

    [Fact]
    public void Windows_has_names_of_its_own()
    {
        Assert.Equal(["nvcuda.dll"], LibraryFiles.Driver(windows: true).Names);
        Assert.Equal(["cudnn64_9.dll"], LibraryFiles.Cudnn(windows: true).Names);
        Assert.Equal(["cublasLt64_12.dll"], LibraryFiles.CublasLt(windows: true, 12).Names);
        Assert.Equal(["nvrtc64_130_0.dll", "nvrtc64_120_0.dll"], LibraryFiles.Nvrtc(windows: true, 13).Names);
        Assert.Equal(["nvToolsExt64_1.dll"], LibraryFiles.Nvtx(windows: true).Names);
    }

    [Fact]
    public void Cudnns_parts_are_opened_before_those_that_need_them()
    {
        string[] folder =
        [
            "libcudnn_adv.so.9", "libcudnn_cnn.so.9", "libcudnn_engines_precompiled.so.9", "libcudnn_engines_runtime_compiled.so.9",
            "libcudnn_graph.so.9", "libcudnn_heuristic.so.9", "libcudnn_ops.so.9", "libcudnn.so.9", "libcudnn_graph_static.a",
        ];
        var parts = LibraryLoader.Parts(LibraryFiles.Cudnn(windows: false).Parts,
            pattern => folder.Where(name => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name)));
        Assert.Equal(
            [
                "libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9",
                "libcudnn_adv.so.9", "libcudnn_engines_precompiled.so.9", "libcudnn_engines_runtime_compiled.so.9", "libcudnn_heuristic.so.9",
            ], parts);
    }
}
