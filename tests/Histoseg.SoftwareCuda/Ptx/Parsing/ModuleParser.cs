namespace Histoseg.SoftwareCuda.Ptx.Parsing;

/// <summary>Reads a module: its header, variables and kernels.</summary>
internal sealed class ModuleParser(Token[] tokens) : BodyParser(tokens)
{
    public string Version { get; private set; } = "";

    public string Target { get; private set; } = "";

    public List<KernelText> Kernels { get; } = [];

    public List<PtxVariable> Variables { get; } = [];

    /// <summary>Shared variables declared outside kernels.</summary>
    public Dictionary<string, Variable> Shared { get; } = [];

    public void Parse()
    {
        while (!IsAtEnd)
        {
            var token = Next();
            switch (token.Text)
            {
                case ".version":
                    Version = Next().Text;
                    break;
                case ".target":
                    Target = Next().Text;
                    RestOfLine(token.Line);
                    break;
                case ".address_size":
                    if (Integer() != 64)
                        throw new PtxError(token.Line, "only .address_size 64 is supported");
                    break;
                case ".visible" or ".extern" or ".weak" or ".common":
                    isExtern = token.Is(".extern");
                    continue;
                case ".entry":
                    Entry(token.Line);
                    break;
                case ".func":
                    throw new PtxError(token.Line, "functions (.func) are not supported: everything a kernel calls must be inlined");
                case ".file":
                    File(token.Line);
                    break;
                case ".section":
                    SkipSection();
                    break;
                case ".global" or ".const":
                    Global(token);
                    break;
                case ".shared":
                    var variable = DeclareVariable(PtxSpace.Shared, isExtern, token.Line);
                    Shared.Add(variable.Name, variable);
                    break;
                case ".pragma":
                    Next();
                    Expect(";");
                    break;
                default:
                    throw new PtxError(token.Line, $"'{token.Text}' is not understood here");
            }
            isExtern = false;
        }
        if (Version == "" || Target == "")
            throw new PtxError(1, "a module starts with .version and .target");
    }

    private bool isExtern;

    private void Entry(int line)
    {
        var name = Next();
        var kernel = new KernelText(name.Text, name.Line);
        if (Accept("("))
            while (!Accept(")"))
            {
                Parameter(kernel);
                Accept(",");
            }
        while (!Peek.Is("{"))
            LaunchDirective(kernel);
        Body(kernel);
        Kernels.Add(kernel);
    }

    private void Parameter(KernelText kernel)
    {
        Expect(".param");
        var alignment = 0;
        var type = PtxType.None;
        while (Peek.IsDirective)
        {
            var token = Next();
            if (token.Is(".align"))
                alignment = Integer();
            else if (token.Is(".ptr"))
            {
                // what the pointer points to and how that is aligned promises nothing about the parameter
                while (Peek.IsDirective)
                    if (Next().Is(".align"))
                        Integer();
            }
            else if ((type = PtxTypes.Named(token.Text[1..])) == PtxType.None)
                throw new PtxError(token.Line, $"'{token.Text}' is not understood in a parameter");
        }
        var name = Next();
        if (type.Bytes() == 0)
            throw new PtxError(name.Line, $"parameter {name.Text} has no type");
        var bytes = type.Bytes();
        if (Accept("["))
        {
            bytes *= Integer();
            Expect("]");
        }
        alignment = Math.Max(alignment, type.Bytes());
        var offset = (kernel.ParameterBytes + alignment - 1) / alignment * alignment;
        kernel.Parameters.Add(new(name.Text, offset, bytes, alignment));
        kernel.ParameterBytes = offset + bytes;
    }

    private void LaunchDirective(KernelText kernel)
    {
        var token = Next();
        switch (token.Text)
        {
            case ".maxntid" or ".reqntid":
                var extent = new List<int> { Integer() };
                while (Accept(","))
                    extent.Add(Integer());
                kernel.MaxThreads = extent.Aggregate(1, (product, next) => product * next);
                if (token.Is(".reqntid"))
                    kernel.RequiredBlock = new((uint)extent[0], (uint)extent.ElementAtOrDefault(1, 1), (uint)extent.ElementAtOrDefault(2, 1));
                break;
            case ".minnctapersm":
                kernel.MinBlocks = Math.Max(1, Integer());
                break;
            case ".maxnctapersm" or ".maxnreg":
                Integer();
                break;
            case ".pragma":
                Next();
                Expect(";");
                break;
            default:
                throw new PtxError(token.Line, $"'{token.Text}' is not understood before a kernel's body");
        }
    }

    private void Global(Token space)
    {
        var declared = DeclareVariable(space.Is(".const") ? PtxSpace.Const : PtxSpace.Global, false, space.Line, out var initial);
        Variables.Add(new(declared.Name, declared.Space, declared.Alignment, initial));
    }

    private void SkipSection()
    {
        while (!Next().Is("{"))
            continue;
        for (var depth = 1; depth > 0;)
            depth += Next().Text switch { "{" => 1, "}" => -1, _ => 0 };
    }
}
