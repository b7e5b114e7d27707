using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Histoseg.Tests.Abi;

/// <summary>Holds a table of <c>native/abi</c> against NVIDIA's own headers: a compiler looks at an assertion for each row.</summary>
internal static class HeaderCheck
{
    private const string Prologue = """
        #include <cstddef>
        #include <cstring>
        #include <type_traits>
        template <typename T> constexpr bool is(char kind, int bytes) {
            return kind == 'p' ? std::is_pointer_v<T>
                : kind == 'd' ? std::is_pointer_v<T> || (std::is_unsigned_v<T> && sizeof(T) == 8)
                : kind == 'f' ? std::is_floating_point_v<T> && sizeof(T) == bytes
                : (std::is_integral_v<T> || std::is_enum_v<T>) && sizeof(T) == bytes;
        }
        template <typename... T> struct kinds {
            template <typename R, typename... A> static constexpr bool fit(R (*)(A...), const char* text) {
                const char* at = text;
                bool all = true;
                auto one = [&](auto* type) {
                    using U = std::remove_pointer_t<decltype(type)>;
                    if (!*at) { all = false; return; }
                    const char kind = *at++;
                    const int bytes = kind == 'p' || kind == 'd' ? 8 : *at++ - '0';
                    all = all && is<U>(kind, bytes);
                };
                one((std::remove_const_t<R>*)nullptr);
                (one((std::remove_const_t<A>*)nullptr), ...);
                return all && !*at;
            }
        };
        #define ROW(...) static_assert(__VA_ARGS__)

        """;

    // The struct a field stands in, which its row names in our words.
    private static readonly Dictionary<string, string> Structs = new() { ["CublasLtHeuristicResult"] = "cublasLtMatmulHeuristicResult_t" };

    /// <summary>Folders in which headers are looked for.</summary>
    internal static string[] Folders =>
    [
        .. (Environment.GetEnvironmentVariable("HISTOSEG_CUDA_HEADERS") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        .. Environment.GetEnvironmentVariable("CUDA_HOME") is { Length: > 0 } home ? [Path.Combine(home, "include")] : Array.Empty<string>(),
        "/usr/local/cuda/include", "/usr/include",
    ];

    /// <summary>What the compiler says of each row that is not as the header has it; empty if all are. Skips the test where there is no compiler.</summary>
    internal static string Differences(IEnumerable<AbiTable.Row> rows, string header, IEnumerable<string> folders)
    {
        using var folder = new TempFolder();
        var source = folder.Write("rows.cpp", $"{Prologue}#include <{header}>\n{string.Concat(rows.Select(row => Assertion(row) + "\n"))}");
        // cuda_fp16.h, which cublasLt.h includes, wants a header of another package, for code on devices alone.
        folder.Write("without/nv/target", "#define NV_IF_TARGET(...) {}\n#define NV_IF_ELSE_TARGET(...) {}\n");
        string[] places = [.. folders.Where(Directory.Exists), folder["without"]];
        try
        {
            using var process = Process.Start(new ProcessStartInfo("c++",
                ["-std=c++17", "-fsyntax-only", "-w", "-fmax-errors=0", .. places.SelectMany(place => new[] { "-isystem", place }), source])
            {
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : errors;
        }
        catch (Win32Exception)
        {
            Skip.If(true, "there is no C++ compiler (c++) here");
            throw;
        }
    }

    private static string Assertion(AbiTable.Row row) => row.Kind switch
    {
        "enum" => $"ROW({row.Name} == {row.Value}, \"{row.Name} is not {row.Value}\");",
        "size" => $"ROW(sizeof({row.Name}) == {row.Value}, \"{row.Name} has not {row.Value} bytes\");",
        "offset" => $"ROW(offsetof({Structs[row.Ours.Split('.')[0]]}, {row.Name}) == {row.Value}, \"{row.Ours} is not at {row.Value}\");",
        _ => $"ROW(kinds<>::fit(&{row.Name}, \"{Signature(row.Value)}\"), \"{row.Name} is not {row.Value}\");",
    };

    private static string Signature(string value) => new StringBuilder(value).Replace("(", "").Replace(")", "").Replace(" ", "").ToString();
}
