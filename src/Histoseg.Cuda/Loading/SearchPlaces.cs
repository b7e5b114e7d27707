using System.Text.RegularExpressions;

namespace Histoseg.Cuda;

/// <summary>Where CUDA's libraries may lie, in the order in which they are tried.</summary>
/// <remarks>A place is a folder's path in which <c>{NAME}</c> stands for an environment variable (several folders where it holds a list) and a star for
/// part of a folder's name. The place <see cref="SystemLoader"/> is wherever the system itself looks for a bare file name.</remarks>
internal static partial class SearchPlaces
{
    /// <summary>The environment variable that says where the libraries are, before all other places.</summary>
    internal const string PathVariable = "HISTOSEG_CUDA_PATH";

    /// <summary>Not a folder: ldconfig and LD_LIBRARY_PATH on Linux, PATH on Windows.</summary>
    internal const string SystemLoader = "";

    // Wheels of NVIDIA: nvidia/cudnn/lib, nvidia/cublas/lib, and nvidia/cu13/lib for those of CUDA 13; on Windows bin, or bin\x86_64 for CUDA 13.
    private static readonly string[] Linux =
    [
        "{HISTOSEG_CUDA_PATH}", "{HISTOSEG_CUDA_PATH}/lib", "{HISTOSEG_CUDA_PATH}/lib64",
        "{PROGRAM}", "{PROGRAM}/runtimes/{RID}/native",
        SystemLoader,
        "{CUDNN_PATH}/lib", "{CUDA_PATH}/lib64", "{CUDA_HOME}/lib64", "/usr/local/cuda/lib64", "/usr/local/cuda-*/lib64",
        "{VIRTUAL_ENV}/lib/python3*/site-packages/nvidia/*/lib",
        "{CONDA_PREFIX}/lib", "{CONDA_PREFIX}/lib/python3*/site-packages/nvidia/*/lib",
        "{HOME}/.local/lib/python3*/site-packages/nvidia/*/lib",
        "/usr/local/lib/python3*/site-packages/nvidia/*/lib", "/usr/local/lib/python3*/dist-packages/nvidia/*/lib",
        "/usr/lib/python3*/site-packages/nvidia/*/lib", "/usr/lib/python3*/dist-packages/nvidia/*/lib",
        "{NUGET_PACKAGES}/*cudnn*/*/runtimes/{RID}/native", "{NUGET_PACKAGES}/*cublas*/*/runtimes/{RID}/native",
        "{HOME}/.nuget/packages/*cudnn*/*/runtimes/{RID}/native", "{HOME}/.nuget/packages/*cublas*/*/runtimes/{RID}/native",
    ];

    // PyTorch's wheels for Windows carry the libraries themselves, in torch\lib.
    private static readonly string[] Windows =
    [
        @"{HISTOSEG_CUDA_PATH}", @"{HISTOSEG_CUDA_PATH}\bin", @"{HISTOSEG_CUDA_PATH}\bin\x64",
        @"{PROGRAM}", @"{PROGRAM}\runtimes\{RID}\native",
        SystemLoader,
        @"{CUDNN_PATH}\bin", @"{CUDA_PATH}\bin", @"{CUDA_PATH}\bin\x64", @"{NVTOOLSEXT_PATH}\bin\x64",
        @"{ProgramFiles}\NVIDIA\CUDNN\v9*\bin", @"{ProgramFiles}\NVIDIA\CUDNN\v9*\bin\*", @"{ProgramFiles}\NVIDIA\CUDNN\v9*\bin\*\x64",
        @"{ProgramFiles}\NVIDIA GPU Computing Toolkit\CUDA\v1*\bin", @"{ProgramFiles}\NVIDIA GPU Computing Toolkit\CUDA\v1*\bin\x64",
        @"{VIRTUAL_ENV}\Lib\site-packages\nvidia\*\bin", @"{VIRTUAL_ENV}\Lib\site-packages\nvidia\*\bin\x86_64", @"{VIRTUAL_ENV}\Lib\site-packages\torch\lib",
        @"{CONDA_PREFIX}\Library\bin", @"{CONDA_PREFIX}\Library\bin\x64",
        @"{CONDA_PREFIX}\Lib\site-packages\nvidia\*\bin", @"{CONDA_PREFIX}\Lib\site-packages\nvidia\*\bin\x86_64",
        @"{CONDA_PREFIX}\Lib\site-packages\torch\lib",
        @"{APPDATA}\Python\Python3*\site-packages\nvidia\*\bin", @"{APPDATA}\Python\Python3*\site-packages\nvidia\*\bin\x86_64",
        @"{APPDATA}\Python\Python3*\site-packages\torch\lib",
        @"{LOCALAPPDATA}\Programs\Python\Python3*\Lib\site-packages\nvidia\*\bin",
        @"{LOCALAPPDATA}\Programs\Python\Python3*\Lib\site-packages\nvidia\*\bin\x86_64",
        @"{LOCALAPPDATA}\Programs\Python\Python3*\Lib\site-packages\torch\lib",
        @"{NUGET_PACKAGES}\*cudnn*\*\runtimes\{RID}\native", @"{NUGET_PACKAGES}\*cublas*\*\runtimes\{RID}\native",
        @"{USERPROFILE}\.nuget\packages\*cudnn*\*\runtimes\{RID}\native", @"{USERPROFILE}\.nuget\packages\*cublas*\*\runtimes\{RID}\native",
    ];

    /// <summary>The folders that exist for the stars and variables of every place, in order, each once.</summary>
    internal static IEnumerable<string> Folders(SearchSystem system) =>
        (system.IsWindows ? Windows : Linux).SelectMany(place => Expand(place, system)).Distinct();

    /// <summary>Full paths (bare names for <see cref="SystemLoader"/>) under which one of the names may be found, in order.</summary>
    /// <param name="system">The machine.</param>
    /// <param name="names">File names, the preferred first.</param>
    internal static IEnumerable<string> Candidates(SearchSystem system, IReadOnlyList<string> names) =>
        Folders(system).SelectMany(folder => names.Select(name => system.Join(folder, name)));

    private static IEnumerable<string> Expand(string place, SearchSystem system)
    {
        var variable = Variable().Match(place);
        if (variable.Success)
            return Values(variable.Groups[1].Value, system)
                .SelectMany(value => Expand(place[..variable.Index] + value + place[(variable.Index + variable.Length)..], system));
        var star = place.IndexOf('*');
        if (star < 0)
            return [place];
        var begin = place.LastIndexOfAny(['/', '\\'], star);
        var end = place.IndexOfAny(['/', '\\'], star);
        end = end < 0 ? place.Length : end;
        return system.Newest(place[..begin], place[(begin + 1)..end], files: false)
            .SelectMany(name => Expand(place[..(begin + 1)] + name + place[end..], system));
    }

    private static IEnumerable<string> Values(string variable, SearchSystem system) => variable switch
    {
        "RID" => [system.Rid],
        "PROGRAM" => [system.Program],
        _ => (system.Variable(variable) ?? "").Split(system.IsWindows ? ';' : ':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(value => value.Length > 1 ? value.TrimEnd('/', '\\') : value),
    };

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Variable();
}
