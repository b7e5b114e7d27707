// Builds, tests, publishes and shows off the engine: dotnet run --file build.cs -- help
// build.sh and build.ps1 only look for the SDK and start this file. A file-based app brings its own tiny project,
// so nothing but the .NET SDK is needed. PublishAot is on by default for such files and would fetch a native compiler.
#:property PublishAot=false
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

const string Solution = "Histoseg.Engine.sln";
const string Help = """
    usage: ./build.sh <verb>      (Windows: .\build.ps1 <verb>)

      demo         draws slides, trains a slim network on them for some minutes, segments one it has not seen
                   and writes out/demo/report.html
      test         builds and runs all tests but the slow ones; what a test needs and this machine lacks is told, not installed
      test-slow    builds and runs the slow tests
      test-browser builds and runs the tests of engine view's page in Chromium, which has to be installed; downloads what drives it, 200 MB, once
      test-slurm   builds and runs the tests of samples/slurm on a Slurm of this machine's packages, as root
      test-images  publishes the program and takes the steps of images/Dockerfile in a bare Debian, as root and with debootstrap; needs no container engine
      torture      [fuzz | kill | disk | soak]   what docs/reliability.md reports, an hour or more: 100 000 broken files of each format, 1000 kills,
                   100 fillings of a disk, 600 slides in one batch; alone, one of them
      publish      makes out/engine (linux-x64) and out/win-x64/engine.exe, each one self-contained file, with its licences beside it
      pack         makes out/packages: the libraries as NuGet packages
      kernels      compiles kernels/*.cu to kernels/ptx/*.ptx with clang++ 19 and lists every kernel; after each change of a source.
                   With NVIDIA's ptxas and nvdisasm (in HISTOSEG_CUDA_TOOLS, PATH or CUDA_HOME/bin): registers, spills, blocks, main loops
                   kernels --check    writes nothing: fails where a committed .ptx is not what its source gives, or worse than kernels/table.txt
                   kernels --accept   writes kernels/table.txt
      gpu          packs out/gpu and out/gpu.tar.gz: what checks and measures the engine on a machine with an NVIDIA GPU, without .NET:
                   unpack it there and run ./gpu-check.sh; see docs/gpu-results.md
      format       formats the code as .editorconfig says, which a build checks
      help         this text
    """;

Directory.SetCurrentDirectory(Path.GetDirectoryName(SourcePath())!);
Environment.SetEnvironmentVariable("DOTNET_CLI_TELEMETRY_OPTOUT", "1");
Environment.SetEnvironmentVariable("DOTNET_NOLOGO", "1");
Environment.SetEnvironmentVariable("MSBUILDDISABLENODEREUSE", "1"); // no build processes left behind
// Ctrl-C reaches the whole process group; the program that is running decides when it is done.
Console.CancelKeyPress += (_, press) => press.Cancel = true;
var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

switch (string.Join(' ', args is [] ? ["help"] : args))
{
    case "demo": return Demo();
    case "test": return Test("Category!=Slow&Category!=Torture&Category!=Slurm", atOnce: 2);
    case "test-slow": return Test("Category=Slow");
    case "test-browser": return TestProject("tests/Histoseg.View.BrowserTests", "Category=Browser");
    case "test-slurm": return TestProject("tests/Histoseg.Cli.Tests", "Category=Slurm");
    case "test-images": return TestImages();
    case "torture": return Torture("Category=Torture|FullyQualifiedName~FuzzTests");
    case "torture fuzz": return Torture("FullyQualifiedName~FuzzTests");
    case "torture kill": return Torture("Category=Torture&FullyQualifiedName~Kill");
    case "torture disk": return Torture("Category=Torture&FullyQualifiedName~FullDisk");
    case "torture soak": return Torture("Category=Torture&FullyQualifiedName~Soak");
    case "publish": return Publish();
    case "pack": return PackLibraries();
    case "kernels": return KernelsAndFigures(check: false);
    case "kernels --check": return KernelsAndFigures(check: true);
    case "kernels --accept": return Assemble("--accept");
    case "gpu": return PackForGpu();
    case "format": return Run(dotnet, ["format", Solution]);
    case "help":
        Console.WriteLine(Help);
        return 0;
    default:
        Console.Error.WriteLine($"build: '{string.Join(' ', args)}' is no verb\n{Help}");
        return 2;
}

int Test(string filter, int atOnce = 1)
{
    TellIfWithoutOpenSlide();
    if (CheckKernels() is not 0 and var stale)
        return stale;
    if (Build() is not 0 and var failed)
        return failed;
    if (Assemble("--check") is not 0 and var worse)
        return worse;
    var results = Path.GetFullPath("out/test-results");
    if (Directory.Exists(results))
        Directory.Delete(results, recursive: true);
    // Two projects at once, because much of a test is one thread or a wait for another process; those that take longest begin. Slow tests run one project
    // after the other: they measure, or take all there is of memory or disk.
    string[] longest = ["Histoseg.Cli.Tests", "Histoseg.SoftwareCuda.Tests"];
    var projects = Directory.GetFiles("tests", "*.Tests.csproj", SearchOption.AllDirectories)
        .OrderBy(project => !longest.Contains(Path.GetFileNameWithoutExtension(project))).ThenBy(project => project, StringComparer.Ordinal);
    var failures = 0;
    Parallel.ForEach(Partitioner.Create(projects, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = atOnce }, project =>
    {
        if (Run(dotnet, ["test", project, "-c", "Release", "--no-build", "--nologo", "-v", "quiet", "--filter", filter, "--results-directory", results,
            "--logger", $"trx;LogFileName={Path.GetFileNameWithoutExtension(project)}.trx"]) != 0)
            Interlocked.Increment(ref failures);
    });
    return Summarise(results) && failures == 0 ? 0 : 1;
}

// Builds one project and runs its tests.
int TestProject(string project, string filter)
{
    var results = Path.GetFullPath("out/test-results");
    if (Directory.Exists(results))
        Directory.Delete(results, recursive: true);
    var code = Run(dotnet, ["test", project, "-c", "Release", "--nologo", "-v", "quiet", "--filter", filter, "--results-directory", results,
        "--logger", "trx;LogFileName=results.trx"]);
    return Summarise(results) && code == 0 ? 0 : 1;
}

// The program as it is shipped, but not compiled beforehand, which takes minutes and changes only when it starts.
int TestImages()
{
    const string folder = "out/publish/images";
    const int cannotBeTried = 75;
    if (PublishProgram("src/Histoseg.Cli", "linux-x64", folder, embedLibraries: true) is not 0 and var failed)
        return failed;
    return Run("images/try.sh", [$"{folder}/engine"]) is not cannotBeTried and var code ? code : 0;
}

// Each time with other mutants; what failed says which seed it was.
int Torture(string filter)
{
    Environment.SetEnvironmentVariable("HISTOSEG_FUZZ_INPUTS", "100000");
    if (Environment.GetEnvironmentVariable("HISTOSEG_FUZZ_SEED") is null)
        Environment.SetEnvironmentVariable("HISTOSEG_FUZZ_SEED", $"{Random.Shared.Next(1, 1_000_000)}");
    return Test(filter);
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
    return tests.Count > 0 && passed + skipped == tests.Count;
}

int Publish()
{
    foreach (var (runtime, name, place) in new[] { ("linux-x64", "engine", "out"), ("win-x64", "engine.exe", "out/win-x64") })
    {
        var folder = $"out/publish/{runtime}";
        if (PublishProgram("src/Histoseg.Cli", runtime, folder, embedLibraries: runtime is "linux-x64", compiled: true) is not 0 and var code)
            return code;
        Directory.CreateDirectory(place);
        foreach (var file in new[] { name, "LICENSE", "THIRD-PARTY-NOTICES.md" })
            File.Move($"{folder}/{file}", $"{place}/{file}", overwrite: true);
        if (Directory.Exists($"{place}/licenses"))
            Directory.Delete($"{place}/licenses", recursive: true);
        Directory.Move($"{folder}/licenses", $"{place}/licenses");
        Directory.Delete(folder, recursive: true);
        Console.WriteLine($"{place}/{name}: {new FileInfo($"{place}/{name}").Length >> 20} MiB");
    }
    var onLinux = OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64;
    var here = OperatingSystem.IsWindows() ? "out/win-x64/engine.exe" : onLinux ? "out/engine" : null;
    return here is null ? 0 : Run(Path.GetFullPath(here), ["doctor"]);
}

// One self-contained file, and the licences of what is in it. Compressed, the file would get no smaller in an archive, and start later.
// What native libraries it holds it loads from memory if they are embedded, else unpacks when it starts. Compiled beforehand it is larger and starts sooner:
// for processors with AVX2, as loops over vectors cannot be compiled for all; others compile at the start what they need.
// Trimmed it leaves out what of .NET's own libraries nothing here uses; ours stay whole, as they look at their own types. The trimmer is a package that the
// committed lists of versions have not.
int PublishProgram(string project, string runtime, string folder, bool embedLibraries = false, bool compiled = false, bool trimmed = false) => Run(dotnet,
[
    "publish", project, "-c", "Release", "-r", runtime, "--self-contained", "-o", folder, "-v", "quiet", "--nologo", "-p:PublishSingleFile=true",
    .. embedLibraries ? ["-p:EmbedNativeLibraries=true"] : new[] { "-p:IncludeNativeLibrariesForSelfExtract=true" },
    .. compiled ? ["-p:PublishReadyToRun=true", "-p:PublishReadyToRunCrossgen2ExtraArgs=--instruction-set:x86-64-v3"] : Array.Empty<string>(),
    "-p:DebugType=embedded",
    .. trimmed
        ? ["-p:PublishTrimmed=true", "-p:TrimMode=partial", "-p:SuppressTrimAnalysisWarnings=true", "-p:JsonSerializerIsReflectionEnabledByDefault=true",
            "-p:NuGetLockFilePath=obj/trimmed.lock.json", "-p:RestoreLockedMode=false"]
        : Array.Empty<string>(),
    "-p:PublishDocumentationFiles=false", "-p:PublishReferencesDocumentationFiles=false",
]);

// A project that is no package packs nothing; see IsPackable in Directory.Build.props.
int PackLibraries()
{
    const string folder = "out/packages";
    if (Directory.Exists(folder))
        Directory.Delete(folder, recursive: true);
    foreach (var project in Directory.GetFiles("src", "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        if (Run(dotnet, ["pack", project, "-c", "Release", "-o", folder, "-v", "quiet", "--nologo"]) is not 0 and var code)
            return code;
    foreach (var package in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
        Console.WriteLine($"{folder}/{Path.GetFileName(package)}: {new FileInfo(package).Length >> 10} KiB");
    return 0;
}

// Everything a machine with a GPU needs, and small enough to be carried there.
int PackForGpu()
{
    const string folder = "out/gpu", pack = "out/gpu.tar.gz", references = "tests/reference/network";
    const long mostBytes = 32L << 20;
    if (Directory.Exists(folder))
        Directory.Delete(folder, recursive: true);
    Directory.CreateDirectory("out");
    File.Delete(pack);
    if (PublishProgram("benchmarks/Histoseg.GpuCheck", "linux-x64", folder, trimmed: true) is not 0 and var code)
        return code;
    Copy("benchmarks/gpu-check.sh", folder);
    foreach (var source in Directory.GetFiles("benchmarks/pytorch", "*.py"))
        Copy(source, $"{folder}/pytorch");
    foreach (var file in Directory.GetFiles(references, "*.safetensors"))
        Copy(file, $"{folder}/reference");
    var commit = RunAndRead("git", ["rev-parse", "HEAD"]);
    var changed = RunAndRead("git", ["status", "--porcelain"]).Output.Trim().Length > 0;
    File.WriteAllText($"{folder}/commit.txt", commit.Code == 0 ? $"{commit.Output.Trim()}{(changed ? " with changes" : "")}\n" : "unknown\n");

    using (var file = File.Create(pack))
    using (var compressed = new GZipStream(file, CompressionLevel.SmallestSize))
        TarFile.CreateFromDirectory(folder, compressed, includeBaseDirectory: true);
    var bytes = new FileInfo(pack).Length;
    Console.WriteLine($"{pack}: {bytes / 1048576.0:0.0} MiB");
    return bytes <= mostBytes ? 0 : Fail($"{pack} is larger than {mostBytes >> 20} MiB");

    static void Copy(string file, string folder)
    {
        Directory.CreateDirectory(folder);
        File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }
}

int Demo()
{
    if (Build() is not 0 and var failed)
        return failed;
    if (Directory.Exists("out/demo"))
        Directory.Delete("out/demo", recursive: true);
    return Run(dotnet, ["src/Histoseg.Cli/bin/Release/net10.0/engine.dll", "demo", "-o", "out/demo"]);
}

int Build()
{
    var code = Run(dotnet, ["build", Solution, "-c", "Release", "-v", "quiet", "--nologo"]);
    // The compiler's process would wait ten minutes for more.
    Run(dotnet, ["build-server", "shutdown", "--vbcscompiler"]);
    return code;
}

// OpenSlide reads the scanners' formats; tests that want them are skipped without it.
static void TellIfWithoutOpenSlide()
{
    if (OperatingSystem.IsLinux() && !NativeLibrary.TryLoad("libopenslide.so.1", out _) && !NativeLibrary.TryLoad("libopenslide.so.0", out _))
        Console.WriteLine("OpenSlide is not installed: the tests of scanner formats are skipped (Debian, Ubuntu: apt-get install libopenslide0)");
}

// Committed PTX must be what the sources give. A machine without the compiler goes on without looking, but not the one that
// decides whether a change lands.
int CheckKernels()
{
    if (FindClang(out var clang) is not { } problem)
        return Kernels(clang, check: true);
    var inCi = Environment.GetEnvironmentVariable("CI") is not (null or "" or "false" or "0");
    Console.WriteLine($"{problem} {(inCi ? "CI cannot do without." : "Going on without comparing kernels/ptx with its sources.")}");
    return inCi ? 1 : 0;
}

// clang++ 19, and no other: another release gives other PTX. What to tell the user if there is none, or null.
static string? FindClang(out string clang)
{
    foreach (var name in new[] { "clang++-19", "clang++" })
        if (RunAndRead(clang = name, ["--version"]).Output.Contains("clang version 19."))
            return null;
    clang = "";
    return "clang++ 19, which compiles the GPU kernels, is not installed (Debian, Ubuntu: apt-get install clang-19).";
}

// Compiles every kernel file and looks the PTX over. With check it compares and writes nothing.
static int Kernels(string clang, bool check)
{
    const string sources = "kernels", committed = "kernels/ptx", made = "out/kernels";
    Directory.CreateDirectory(committed);
    Directory.CreateDirectory(made);
    var names = Directory.GetFiles(sources, "*.cu").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal).ToList();
    var faults = new List<string>();
    var rows = new List<KernelFacts>();
    foreach (var (name, (code, output)) in names.AsParallel().AsOrdered().Select(name => (name, Compile(name))))
    {
        if (code != 0)
        {
            faults.Add($"{sources}/{name}.cu does not compile\n{output.TrimEnd()}");
            continue;
        }
        var (ptx, place) = (File.ReadAllText($"{made}/{name}.ptx"), $"{committed}/{name}.ptx");
        rows.AddRange(PtxFile.Kernels(ptx, place, faults));
        if (!check)
            File.WriteAllText(place, ptx);
        else if (!File.Exists(place))
            faults.Add($"{place} is missing");
        else if (File.ReadAllText(place) != ptx)
            faults.Add($"{place} is not what {sources}/{name}.cu and the files it includes give");
    }
    var present = Directory.GetFiles(committed, "*.ptx").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);
    foreach (var stale in present.Except(names))
        faults.Add($"{committed}/{stale}.ptx has no {sources}/{stale}.cu");

    if (!check)
        KernelFacts.Print(rows);
    var outcome = faults.Count > 0 ? "see below" : check ? "kernels/ptx is what the sources give" : "written to kernels/ptx";
    Console.WriteLine($"{rows.Count} kernels of {names.Count} files: {outcome}");
    foreach (var fault in faults)
        Console.Error.WriteLine($"build: {fault}");
    if (check && faults.Count > 0)
        Console.Error.WriteLine("build: ./build.sh kernels makes them anew; commit the result");
    return faults.Count == 0 ? 0 : 1;

    // What its name says to be for compute capability 9.0 uses instructions that no other has.
    // Names of places in the PTX are relative to the repository, so that it comes out the same everywhere.
    (int Code, string Output) Compile(string name) => RunAndRead(clang, ["-x", "cuda", "--cuda-device-only", "-nocudainc", "-nocudalib",
        .. name.EndsWith("_hopper", StringComparison.Ordinal)
            ? (string[])["--cuda-gpu-arch=sm_90a", "--cuda-feature=+ptx80"] : ["--cuda-gpu-arch=sm_80", "--cuda-feature=+ptx75"],
        "-S", "-O3", "-std=c++20", "-gline-directives-only",
        $"-ffile-prefix-map={Directory.GetCurrentDirectory()}/=", "-fdebug-compilation-dir=.", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
        $"{sources}/{name}.cu", "-o", $"{made}/{name}.ptx"]);
}

int KernelsAndFigures(bool check) =>
    FindClang(out var clang) is { } missing ? Fail(missing) : Kernels(clang, check) is not 0 and var wrong ? wrong : Assemble(check ? ["--check"] : []);

// What NVIDIA's assembler makes of the PTX, where it is at hand and there is a table to compare it with.
int Assemble(params string[] how) => how is not ["--accept"] && !File.Exists("kernels/table.txt") ? 0
    : Run(dotnet, ["run", "--project", "tools/Histoseg.KernelCheck", "-c", "Release", "-v", "quiet", "--", "kernels/ptx", "kernels/table.txt", .. how]);

static int Fail(string message)
{
    Console.Error.WriteLine($"build: {message}");
    return 1;
}

static int Run(string program, string[] arguments)
{
    try
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
        return process.ExitCode;
    }
    catch (System.ComponentModel.Win32Exception)
    {
        Console.Error.WriteLine($"build: {program} cannot be started");
        return 127;
    }
}

static (int Code, string Output) RunAndRead(string program, string[] arguments)
{
    try
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return (process.ExitCode, output);
    }
    catch (System.ComponentModel.Win32Exception)
    {
        return (127, "");
    }
}

static string SourcePath([CallerFilePath] string path = "") => path;

// What can be read off a kernel's PTX. Registers are not among it: the driver assigns them (gpucheck modules tells).
record KernelFacts(string File, string Name, string Block, long Shared, bool Dynamic, IReadOnlyDictionary<string, int> Counts)
{
    public static readonly string[] Counted = ["ld.global", "st.global", "ld.shared", "st.shared", "cp.async", "ldmatrix", "mma", "bar"];

    public static void Print(IReadOnlyList<KernelFacts> kernels)
    {
        var width = kernels.Select(kernel => kernel.Name.Length).Append("kernel".Length).Max();
        string Row(string name, string block, string shared, IEnumerable<string> counts) =>
            $"{name.PadRight(width)}  {block,7}  {shared,12}{string.Concat(counts.Select(count => $"  {count,9}"))}";
        Console.WriteLine(Row("kernel", "threads", "shared bytes", Counted)
            + "   (instructions in the PTX, not executed; registers are what an assembler gives)");
        foreach (var kernel in kernels)
            Console.WriteLine(Row(kernel.Name, kernel.Block, $"{kernel.Shared}{(kernel.Dynamic ? " + host" : "")}",
                Counted.Select(what => $"{kernel.Counts[what]}")));
    }
}

// Reads PTX as text, and finds what a kernel must not do: spill or index registers into local memory, call, or leave its block size open.
static class PtxFile
{
    public static List<KernelFacts> Kernels(string ptx, string file, List<string> faults)
    {
        // Comments and the names of sources may hold any word.
        var lines = ptx.Split('\n').Where(line => !line.TrimStart().StartsWith(".file", StringComparison.Ordinal));
        var text = string.Join('\n', lines.Select(line => line.Split("//")[0]));
        var shared = Regex.Matches(text, @"\.shared\s+\.align\s+\d+\s+\.[bfsu](\d+)\s+(\w+)(?:\[(\d*)\])?").ToList();
        var kernels = new List<KernelFacts>();
        foreach (Match entry in Regex.Matches(text, @"\.entry\s+(\w+)\s*\([^)]*\)([^{]*)\{"))
        {
            var (name, directives) = (entry.Groups[1].Value, entry.Groups[2].Value);
            var body = Body(text, entry.Index + entry.Length);
            var block = Regex.Match(directives, @"\.maxntid\s+(\d+)");
            if (!block.Success)
                faults.Add($"{file}: {name} has no .maxntid; declare it with KERNEL(threads)");
            if (Regex.IsMatch(body, @"\.local\b"))
                faults.Add($"{file}: {name} uses .local memory; index arrays of registers with constants only");
            if (Regex.IsMatch(body, @"(?:^|[\s;])call(?:\.uni)?\s", RegexOptions.Multiline))
                faults.Add($"{file}: {name} has a call; declare what it calls DEVICE, so that it is inlined");
            var used = shared.Where(variable => Regex.IsMatch(body, $@"\b{variable.Groups[2].Value}\b")).ToList();
            kernels.Add(new KernelFacts(file, name, block.Groups[1].Value,
                used.Sum(v => v.Groups[3].Value is "" ? 0 : long.Parse(v.Groups[3].Value) * int.Parse(v.Groups[1].Value) / 8),
                used.Any(v => v.Groups[3].Value is ""),
                KernelFacts.Counted.ToDictionary(what => what, what => Regex.Count(body, $@"(?:^|[\s;]){Regex.Escape(what)}(?:[.\s])"))));
        }
        if (Regex.IsMatch(text, @"\.extern\s+\.func"))
            faults.Add($"{file} declares an .extern .func: a function of a library that is not there, such as libdevice's");
        if (kernels.Count == 0)
            faults.Add($"{file} has no kernel");
        return kernels;
    }

    private static string Body(string text, int from)
    {
        var (at, depth) = (from, 1);
        for (; depth > 0 && at < text.Length; at++)
            depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
        return text[from..at];
    }
}
