using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Histoseg.Cuda;

namespace Histoseg.Tests.Abi;

/// <summary>Compares what the bindings declare with <c>native/abi</c>, both ways: nothing wrong, nothing unlisted, nothing listed that is gone.</summary>
public class AbiTests
{
    private static readonly Assembly _bindings = typeof(ICudaDriver).Assembly;

    [Fact]
    public void Enum_values_are_those_of_the_headers()
    {
        string[] declared = [.. Enums().SelectMany(type =>
            Enum.GetNames(type).Select(name => $"{type.Name}.{name}={Convert.ToInt64(Enum.Parse(type, name))}"))];
        Assert.Equal(AbiTable.Of("enum").Select(row => $"{row.Ours}={row.Value}").Order(), declared.Order());
    }

    [Fact]
    public void Enums_are_as_wide_as_in_C() => Assert.All(Enums(), type => Assert.Equal(typeof(int), Enum.GetUnderlyingType(type)));

    [Fact]
    public void Enum_names_say_what_they_stand_for() => Assert.All(AbiTable.Of("enum"), row =>
    {
        var ours = row.Ours[(row.Ours.IndexOf('.') + 1)..].ToLowerInvariant();
        var theirs = row.Name.Replace("_", "").ToLowerInvariant();
        // A few are clearer in words than in NVIDIA's abbreviations.
        string[] renamed = ["CublasComputeType.Float32", "CublasComputeType.Float32FastTf32", "CudaDataType.Float32", "CudaDataType.BFloat16",
            "CudnnMathType.Default", "CudnnMathType.TensorOp", "CudnnMathType.TensorOpAllowConversion", "CudnnMathType.Fma",
            "CudnnNanPropagation.NotPropagate", "CudnnNanPropagation.Propagate", "CudaTensorMapSwizzle.Bytes128", "CudaTensorMapPromotion.Bytes128"];
        Assert.True(theirs.EndsWith(ours, StringComparison.Ordinal) || renamed.Contains(row.Ours), $"{row.Ours} stands beside {row.Name}");
    });

    [Fact]
    public void Functions_have_the_headers_names() =>
        Assert.Equal(AbiTable.Of("function").Select(row => $"{row.Ours} {row.Name}").Order(),
            Imports().Select(method => $"{Ours(method)} {EntryPoint(method)}").Order());

    [Fact]
    public void Functions_have_the_headers_signatures()
    {
        var imports = Imports().ToDictionary(Ours);
        Assert.All(AbiTable.Of("function"), row =>
        {
            var method = imports[row.Ours];
            var expected = row.Value.Replace('(', ' ').TrimEnd(')').Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Type[] declared = [method.ReturnType, .. method.GetParameters().Select(parameter => parameter.ParameterType)];
            Assert.True(expected.Length == declared.Length && expected.Zip(declared).All(pair => Kinds(pair.Second).Contains(pair.First)),
                $"{row.Name} is {row.Value}; declared as {string.Join(' ', declared.Select(type => Kinds(type)[0]))}");
        });
    }

    [Fact]
    public void The_interfaces_name_the_functions_they_stand_for()
    {
        (Type Interface, string Prefix)[] seams =
            [(typeof(ICudaDriver), "cu"), (typeof(ICudnn), "cudnn"), (typeof(ICublasLt), "cublasLt"), (typeof(INccl), "nccl")];
        HashSet<string> functions = [.. AbiTable.Of("function").Select(row => row.Name)];
        // The interface's name of a function leaves out what the header adds: a version, WithFlags, Ex.
        string[] endings = ["", "_v2", "WithFlags", "Ex"];
        Assert.All(seams.SelectMany(seam => seam.Interface.GetMethods().Select(method => seam.Prefix + method.Name)),
            name => Assert.Contains(endings, ending => functions.Contains(name + ending)));
    }

    [Fact]
    public void Structs_are_laid_out_as_in_C()
    {
        string[] declared =
        [
            $"{nameof(CublasLtAlgorithm)}={Unsafe.SizeOf<CublasLtAlgorithm>()}",
            $"{nameof(CublasLtHeuristicResult)}={Unsafe.SizeOf<CublasLtHeuristicResult>()}",
            $"{nameof(NcclUniqueId)}={Unsafe.SizeOf<NcclUniqueId>()}",
        ];
        Assert.Equal(AbiTable.Of("size").Select(row => $"{row.Ours}={row.Value}").Order(), declared.Order());
        string[] offsets = [.. typeof(CublasLtHeuristicResult).GetFields().Select(field =>
            $"{nameof(CublasLtHeuristicResult)}.{field.Name}={Marshal.OffsetOf<CublasLtHeuristicResult>(field.Name)}")];
        Assert.Equal(AbiTable.Of("offset").Select(row => $"{row.Ours}={row.Value}").Order(), offsets.Order());
    }

    private static IEnumerable<Type> Enums() => _bindings.GetTypes().Where(type => type.IsEnum);

    private static IEnumerable<MethodInfo> Imports() =>
        _bindings.GetTypes().SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<LibraryImportAttribute>() is not null);

    private static string Ours(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    private static string EntryPoint(MethodInfo method) => method.GetCustomAttribute<LibraryImportAttribute>()!.EntryPoint!;

    /// <summary>The kinds of native/abi/README.md that a type can stand for; 64 unsigned bits are a device address or a number.</summary>
    private static string[] Kinds(Type type) =>
        type.IsByRef || type.IsPointer || type == typeof(nint) || type == typeof(string) ? ["p"]
        : type == typeof(ulong) ? ["d", "i8"]
        : type == typeof(long) || type == typeof(nuint) ? ["i8"]
        : type.IsEnum || type == typeof(int) || type == typeof(uint) ? ["i4"]
        : type == typeof(byte) ? ["i1"]
        : type == typeof(double) ? ["f8"]
        : type == typeof(NcclUniqueId) ? ["s"]
        : throw new NotSupportedException($"no C type is known for {type}");
}
