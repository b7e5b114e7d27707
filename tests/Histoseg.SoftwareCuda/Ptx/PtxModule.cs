using Histoseg.SoftwareCuda.Ptx.Decoding;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>A module of PTX: kernels decoded for execution, and variables that whoever loads it must allocate.</summary>
public sealed class PtxModule
{
    private PtxModule(ModuleParser parsed)
    {
        Version = parsed.Version;
        Target = parsed.Target;
        Variables = parsed.Variables;
        Kernels = parsed.Kernels.ToDictionary(text => text.Name, text => new PtxKernel(text, new Decoder(parsed, text).Decode()));
    }

    /// <summary>Version of PTX the text states, such as 7.5.</summary>
    public string Version { get; }

    /// <summary>The least device it runs on, such as sm_80.</summary>
    public string Target { get; }

    /// <summary>The kernels by name.</summary>
    public IReadOnlyDictionary<string, PtxKernel> Kernels { get; }

    /// <summary>Variables in global and constant memory.</summary>
    public IReadOnlyList<PtxVariable> Variables { get; }

    /// <summary>Reads and decodes a module.</summary>
    /// <exception cref="PtxError">Something in it is not understood.</exception>
    public static PtxModule Parse(string text)
    {
        var parser = new ModuleParser(Lexer.Tokens(text));
        parser.Parse();
        return new(parser);
    }
}
