// Builds, tests, publishes and shows off the engine: dotnet run --file build.cs -- help
// build.sh and build.ps1 only look for the SDK and start this file. A file-based app brings its own tiny project,
// so nothing but the .NET SDK is needed. PublishAot is on by default for such files and would fetch a native compiler.
#:property PublishAot=false
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Xml.Linq;

const string Solution = "Histoseg.Engine.sln";
const string Help = """
    usage: ./build.sh <verb>      (Windows: .\build.ps1 <verb>)

      demo         draws slides, trains a slim network on them for some minutes, segments one it has not seen
                   and writes out/demo/report.html
      test         builds and runs all tests but the slow ones
      test-slow    builds and runs the slow tests
      publish      makes out/engine (linux-x64) and out/win-x64/engine.exe, each one self-contained file
      format       checks that the code is formatted as .editorconfig says
      help         this text
    """;

Directory.SetCurrentDirectory(Path.GetDirectoryName(SourcePath())!);
Environment.SetEnvironmentVariable("DOTNET_CLI_TELEMETRY_OPTOUT", "1");
Environment.SetEnvironmentVariable("DOTNET_NOLOGO", "1");
Environment.SetEnvironmentVariable("MSBUILDDISABLENODEREUSE", "1"); // no build processes left behind
// Ctrl-C reaches the whole process group; the program that is running decides when it is done.
Console.CancelKeyPress += (_, press) => press.Cancel = true;
var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

switch (args is [var only] ? only : args.Length == 0 ? "help" : "")
{
    case "demo": return Demo();
    case "test": return Test("Category!=Slow");
    case "test-slow": return Test("Category=Slow");
    case "publish": return Publish();
    case "format": return Run(dotnet, ["format", Solution, "--verify-no-changes"]);
    case "help":
        Console.WriteLine(Help);
        return 0;
    default:
        Console.Error.WriteLine($"build: '{string.Join(' ', args)}' is no verb\n{Help}");
        return 2;
}

int Test(string filter)
{
    FindOpenSlide();
    if (Build() is not 0 and var failed)
        return failed;
    var results = Path.GetFullPath("out/test-results");
    if (Directory.Exists(results))
        Directory.Delete(results, recursive: true);
    // One project after the other: some tests measure, and all use every core.
    var codes = Directory.GetFiles("tests", "*.Tests.csproj", SearchOption.AllDirectories).Order().Select(project => Run(dotnet,
        ["test", project, "-c", "Release", "--no-build", "--nologo", "-v", "quiet", "--filter", filter, "--results-directory", results, "--logger", $"trx;LogFileName={Path.GetFileNameWithoutExtension(project)}.trx"])).ToList();
    return Summarise(results) && codes.All(code => code == 0) ? 0 : 1;
}

// Reads the result files rather than the console, whose wording changes. True when something ran and nothing failed.
static bool Summarise(string results)
{
    XNamespace ns = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
    var files = Directory.Exists(results) ? Directory.GetFiles(results, "*.trx") : [];
    var tests = files.Select(file => XDocument.Load(file)).SelectMany(file => file.Descendants(ns + "UnitTestResult")).ToList();
    int Count(string outcome) => tests.Count(test => (string?)test.Attribute("outcome") == outcome);
    var (passed, skipped) = (Count("Passed"), Count("NotExecuted"));

    foreach (var test in tests.Where(test => (string?)test.Attribute("outcome") == "NotExecuted"))
        Console.WriteLine($"skipped: {(string?)test.Attribute("testName")}: {test.Value.Trim()}");
    if (tests.Count == 0)
        Console.WriteLine("no test ran");
    Console.WriteLine($"{passed} passed, {tests.Count - passed - skipped} failed, {skipped} skipped");
    return passed > 0 && passed + skipped == tests.Count;
}

int Publish()
{
    foreach (var (runtime, name, place) in new[] { ("linux-x64", "engine", "out/engine"), ("win-x64", "engine.exe", "out/win-x64/engine.exe") })
    {
        var folder = $"out/publish/{runtime}";
        var code = Run(dotnet, ["publish", "src/Histoseg.Cli", "-c", "Release", "-r", runtime, "--self-contained", "-o", folder, "-v", "quiet", "--nologo",
            "-p:PublishSingleFile=true", "-p:IncludeNativeLibrariesForSelfExtract=true", "-p:DebugType=embedded"]);
        if (code != 0)
            return code;
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.Move(Path.Combine(folder, name), place, overwrite: true);
        Directory.Delete(folder, recursive: true);
        Console.WriteLine($"{place}: {new FileInfo(place).Length >> 20} MiB");
    }
    var here = OperatingSystem.IsWindows() ? "out/win-x64/engine.exe" : OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64 ? "out/engine" : null;
    return here is null ? 0 : Run(Path.GetFullPath(here), ["doctor"]);
}

int Demo()
{
    FindOpenSlide();
    if (Build() is not 0 and var failed)
        return failed;
    if (Directory.Exists("out/demo"))
        Directory.Delete("out/demo", recursive: true);

    string[][] steps =
    [
        ["synth", "-o", "out/demo/slides"],
        ["train", "-c", "configs/demo.yaml", "-o", "out/demo/run"],
        ["infer", "-i", "out/demo/slides/synth_005.tif", "-m", "out/demo/run/model", "-o", "out/demo/predictions"],
        ["eval", "-c", "out/demo/run/config.yaml", "-p", "out/demo/predictions", "--split", "test", "--run", "out/demo/run", "--report", "out/demo/report.html"],
    ];
    foreach (var step in steps)
    {
        Console.WriteLine($"engine {string.Join(' ', step)}");
        if (Run(dotnet, ["src/Histoseg.Cli/bin/Release/net10.0/engine.dll", .. step]) is not 0 and var code)
            return code;
    }
    Console.WriteLine($"The report: {Path.GetFullPath("out/demo/report.html")}");
    return 0;
}

int Build() => Run(dotnet, ["build", Solution, "-c", "Release", "-v", "quiet", "--nologo"]);

// OpenSlide reads the scanners' formats; without it plain TIFF, PNG and JPEG still work, so its absence stops nothing.
void FindOpenSlide()
{
    const string install = "apt-get install -y libopenslide0";
    if (!OperatingSystem.IsLinux() || NativeLibrary.TryLoad("libopenslide.so.1", out _) || NativeLibrary.TryLoad("libopenslide.so.0", out _))
        return;
    if (!File.Exists("/etc/debian_version"))
    {
        Console.WriteLine("OpenSlide is not installed: scanner formats (SVS, NDPI, MRXS, …) cannot be read. Install it with your package manager.");
        return;
    }
    string[]? root = Environment.UserName == "root" ? [] : Run("sudo", ["-n", "true"], quiet: true) == 0 ? ["sudo", "-n"] : null;
    if (root is null)
    {
        Console.WriteLine($"OpenSlide is not installed: scanner formats (SVS, NDPI, MRXS, …) cannot be read. Install it with: sudo {install}");
        return;
    }
    Console.WriteLine("installing OpenSlide (libopenslide0)");
    Environment.SetEnvironmentVariable("DEBIAN_FRONTEND", "noninteractive");
    string[] quick = ["apt-get", "-q", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20"];
    int Apt(params string[] what)
    {
        string[] command = [.. root, .. quick, .. what];
        return Run(command[0], command[1..], quiet: true);
    }
    if (Apt("install", "-y", "libopenslide0") != 0 && (Apt("update") != 0 || Apt("install", "-y", "libopenslide0") != 0))
        Console.WriteLine($"OpenSlide could not be installed; going on without it. To install it: sudo {install}");
}

static int Run(string program, string[] arguments, bool quiet = false)
{
    try
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = quiet, RedirectStandardError = quiet };
        using var process = Process.Start(start)!;
        if (quiet)
        {
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }
        process.WaitForExit();
        return process.ExitCode;
    }
    catch (System.ComponentModel.Win32Exception)
    {
        if (!quiet)
            Console.Error.WriteLine($"build: {program} cannot be started");
        return 127;
    }
}

static string SourcePath([CallerFilePath] string path = "") => path;
