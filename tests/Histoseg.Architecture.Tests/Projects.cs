using Mono.Cecil;

namespace Histoseg.Architecture.Tests;

/// <summary>The projects under src, as they were built.</summary>
internal static class Projects
{
    /// <summary>The libraries, from the floor up. A project may use those it names and whatever these use.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Uses = new Dictionary<string, string[]>
    {
        ["Histoseg.Foundation"] = [],
        ["Histoseg.Cuda"] = ["Histoseg.Foundation"],
        ["Histoseg.Engine"] = ["Histoseg.Cuda"],
        ["Histoseg.Slides"] = ["Histoseg.Foundation"],
        ["Histoseg.Segmentation"] = ["Histoseg.Engine", "Histoseg.Slides"],
        ["Histoseg.Training"] = ["Histoseg.Segmentation"],
        ["Histoseg.Export"] = ["Histoseg.Segmentation"],
        ["Histoseg.View"] = ["Histoseg.Training"],
        ["engine"] = ["Histoseg.View", "Histoseg.Export"],
    };

    public static TheoryData<string> All => [.. Uses.Keys];

    /// <summary>All but the program.</summary>
    public static TheoryData<string> Libraries => [.. Uses.Keys.Where(name => name != "engine")];

    public static ModuleDefinition Open(string name) => ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, name + ".dll"));

    /// <summary>What a project may refer to.</summary>
    public static IEnumerable<string> Below(string name) => Uses[name].SelectMany(used => Below(used).Prepend(used)).Distinct();

    /// <summary>The namespace of a type; of a nested one that of the type it stands in.</summary>
    public static string NamespaceOf(TypeReference type)
    {
        while (type.DeclaringType is not null)
            type = type.DeclaringType;
        return type.Namespace;
    }

    /// <summary>Every reference of a type's code and signatures to another type, itself left out.</summary>
    public static IEnumerable<TypeReference> ReferencesOf(TypeDefinition type)
    {
        var found = new List<TypeReference?> { type.BaseType };
        found.AddRange(type.Interfaces.Select(one => one.InterfaceType));
        found.AddRange(type.Fields.Select(field => field.FieldType));
        foreach (var method in type.Methods)
        {
            found.Add(method.ReturnType);
            found.AddRange(method.Parameters.Select(parameter => parameter.ParameterType));
            if (!method.HasBody)
                continue;
            found.AddRange(method.Body.Variables.Select(variable => variable.VariableType));
            foreach (var instruction in method.Body.Instructions)
                found.AddRange(instruction.Operand switch
                {
                    TypeReference one => [one],
                    MethodReference one => [one.DeclaringType, one.ReturnType, .. one is GenericInstanceMethod generic ? generic.GenericArguments : []],
                    FieldReference one => [one.DeclaringType, one.FieldType],
                    _ => Array.Empty<TypeReference?>(),
                });
        }
        return found.OfType<TypeReference>().SelectMany(Parts);
    }

    // A generic type and its arguments, an array's elements; a pointer to a function has none.
    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
        FunctionPointerType => [],
        TypeSpecification specification => Parts(specification.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
