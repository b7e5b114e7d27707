namespace Histoseg.Tests.Abi;

/// <summary>The facts of <c>native/abi</c> are those of NVIDIA's headers, where these are at hand.</summary>
public class HeaderTests
{
    [SkippableTheory]
    [InlineData("cuda", "cuda.h")]
    [InlineData("cublaslt", "cublasLt.h")]
    [InlineData("cudnn", "cudnn.h")]
    public void The_facts_are_those_of_the_headers(string table, string header)
    {
        var folders = HeaderCheck.Folders;
        Skip.IfNot(folders.Any(folder => File.Exists(Path.Combine(folder, header))),
            $"{header} was not found in {string.Join(", ", folders)}; HISTOSEG_CUDA_HEADERS names further folders");
        Assert.Equal("", HeaderCheck.Differences(AbiTable.In(table), header, folders));
    }

    [SkippableTheory]
    [InlineData("enum", "GREEN", "8", true)]
    [InlineData("enum", "GREEN", "7", false)]
    [InlineData("enum", "BLUE", "9", false)]
    [InlineData("size", "paint", "16", true)]
    [InlineData("size", "paint", "24", false)]
    [InlineData("function", "mix", "i4(p d i8 i4)", true)]
    [InlineData("function", "mix", "i4(p d i8)", false)]
    [InlineData("function", "mix", "i4(p d i8 i4 p)", false)]
    [InlineData("function", "mix", "i4(p d i4 i4)", false)]
    [InlineData("function", "mix", "i4(p p i8 i4)", false)]
    public void A_row_that_a_header_does_not_bear_out_is_named(string kind, string name, string value, bool right)
    {
        using var folder = new TempFolder();
        folder.Write("paint.h", """
            enum colour { GREEN = 8 };
            struct paint { double amount; int colour; };
            extern "C" colour mix(paint* to, unsigned long long device, unsigned long long bytes, colour with);
            """);
        var found = HeaderCheck.Differences([new(kind, "Paint.Colour", name, value)], "paint.h", [folder.Root]);
        Assert.Equal(right, found.Length == 0);
        if (!right)
            Assert.Contains(name, found, StringComparison.Ordinal);
    }
}
