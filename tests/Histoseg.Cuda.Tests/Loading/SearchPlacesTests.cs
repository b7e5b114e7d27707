using Histoseg.Cuda;

namespace Histoseg.Tests.Loading;

public class SearchPlacesTests
{
    private static readonly string[] _cudnn = ["libcudnn.so.9"];

    [Fact]
    public void On_a_bare_Linux_the_programs_folder_comes_before_the_systems_loader() =>
        Assert.Equal(
            ["/app/libcudnn.so.9", "/app/runtimes/linux-x64/native/libcudnn.so.9", "libcudnn.so.9", "/usr/local/cuda/lib64/libcudnn.so.9"],
            SearchPlaces.Candidates(FakeSystem.Linux([]), _cudnn));

    [Fact]
    public void On_a_bare_Windows_the_programs_folder_comes_before_the_systems_loader() =>
        Assert.Equal(
            [@"C:\app\cudnn64_9.dll", @"C:\app\runtimes\win-x64\native\cudnn64_9.dll", "cudnn64_9.dll"],
            SearchPlaces.Candidates(FakeSystem.Windows([]), ["cudnn64_9.dll"]));

    [Fact]
    public void The_variable_comes_first_and_may_name_several_folders() =>
        Assert.Equal(
            ["/a", "/b", "/a/lib", "/b/lib", "/a/lib64", "/b/lib64", "/app"],
            SearchPlaces.Folders(FakeSystem.Linux(new() { ["HISTOSEG_CUDA_PATH"] = "/a/:/b" })).Take(7));

    [Fact]
    public void A_Linux_machine_is_searched_in_order() =>
        Assert.Equal(
            [
                "/app", "/app/runtimes/linux-x64/native", "",
                "/opt/cuda/lib64", "/usr/local/cuda/lib64", "/usr/local/cuda-12.8/lib64", "/usr/local/cuda-12.4/lib64",
                "/venv/lib/python3.12/site-packages/nvidia/cudnn/lib", "/venv/lib/python3.12/site-packages/nvidia/cublas/lib",
                "/venv/lib/python3.12/site-packages/nvidia/cu13/lib", "/venv/lib/python3.9/site-packages/nvidia/cudnn/lib",
                "/conda/lib",
                "/home/me/.local/lib/python3.11/site-packages/nvidia/cudnn/lib",
                "/usr/lib/python3/dist-packages/nvidia/cudnn/lib",
                "/home/me/.nuget/packages/some.cudnn/9.10.0/runtimes/linux-x64/native", "/home/me/.nuget/packages/some.cudnn/9.2.0/runtimes/linux-x64/native",
            ],
            SearchPlaces.Folders(FakeSystem.Linux(
                new() { ["CUDA_PATH"] = "/opt/cuda", ["VIRTUAL_ENV"] = "/venv", ["CONDA_PREFIX"] = "/conda", ["HOME"] = "/home/me" },
                "/usr/local/cuda-12.4/lib64", "/usr/local/cuda-12.8/lib64",
                "/venv/lib/python3.9/site-packages/nvidia/cudnn/lib",
                "/venv/lib/python3.12/site-packages/nvidia/cublas/lib", "/venv/lib/python3.12/site-packages/nvidia/cu13/lib",
                "/venv/lib/python3.12/site-packages/nvidia/cudnn/lib",
                "/home/me/.local/lib/python3.11/site-packages/nvidia/cudnn/lib",
                "/usr/lib/python3/dist-packages/nvidia/cudnn/lib",
                "/home/me/.nuget/packages/some.cudnn/9.2.0/runtimes/linux-x64/native", "/home/me/.nuget/packages/some.cudnn/9.10.0/runtimes/linux-x64/native",
                "/home/me/.nuget/packages/yamldotnet/18.1.0/lib")));

    [Fact]
    public void A_Windows_machine_is_searched_in_order() =>
        Assert.Equal(
            [
                @"C:\app", @"C:\app\runtimes\win-x64\native", "",
                @"C:\CUDA\v13.0\bin", @"C:\CUDA\v13.0\bin\x64",
                @"C:\Program Files\NVIDIA\CUDNN\v9.12\bin", @"C:\Program Files\NVIDIA\CUDNN\v9.12\bin\13.0", @"C:\Program Files\NVIDIA\CUDNN\v9.12\bin\12.9",
                @"C:\Program Files\NVIDIA\CUDNN\v9.12\bin\13.0\x64", @"C:\Program Files\NVIDIA\CUDNN\v9.12\bin\12.9\x64",
                @"D:\venv\Lib\site-packages\nvidia\cudnn\bin", @"D:\venv\Lib\site-packages\nvidia\cu13\bin",
                @"D:\venv\Lib\site-packages\nvidia\cudnn\bin\x86_64", @"D:\venv\Lib\site-packages\nvidia\cu13\bin\x86_64",
                @"D:\venv\Lib\site-packages\torch\lib",
                @"D:\packages\some.cublas\12.8.0\runtimes\win-x64\native",
            ],
            SearchPlaces.Folders(FakeSystem.Windows(
                new()
                {
                    ["CUDA_PATH"] = @"C:\CUDA\v13.0",
                    ["ProgramFiles"] = @"C:\Program Files",
                    ["VIRTUAL_ENV"] = @"D:\venv",
                    ["NUGET_PACKAGES"] = @"D:\packages",
                },
                @"C:\Program Files\NVIDIA\CUDNN\v9.12\bin\12.9\x64", @"C:\Program Files\NVIDIA\CUDNN\v9.12\bin\13.0\x64",
                @"D:\venv\Lib\site-packages\nvidia\cu13\bin\x86_64", @"D:\venv\Lib\site-packages\nvidia\cudnn\bin",
                @"D:\packages\some.cublas\12.8.0\runtimes\win-x64\native")));

    [Fact]
    public void In_each_place_the_preferred_name_comes_first() =>
        Assert.Equal(["/app/libcublasLt.so.13", "/app/libcublasLt.so.12", "/app/runtimes/linux-x64/native/libcublasLt.so.13"],
            SearchPlaces.Candidates(FakeSystem.Linux([]), LibraryFiles.CublasLt(windows: false, 13).Names).Take(3));
}
