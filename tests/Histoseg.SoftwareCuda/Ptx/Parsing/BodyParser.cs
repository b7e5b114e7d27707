namespace Histoseg.SoftwareCuda.Ptx.Parsing;

/// <summary>Reads the body of a kernel.</summary>
internal abstract class BodyParser(Token[] tokens) : Parser(tokens)
{
    /// <summary>Names of source files by number.</summary>
    public Dictionary<int, string> Files { get; } = [];

    private readonly Stack<Dictionary<string, Register>> scopes = [];
    private readonly Stack<Dictionary<string, (PtxType Type, int Count)>> families = [];
    private SourceLine source;

    protected void Body(KernelText kernel)
    {
        source = default;
        Expect("{");
        Open();
        while (scopes.Count > 0)
        {
            var token = Peek;
            if (Accept("{"))
                Open();
            else if (Accept("}"))
            {
                scopes.Pop();
                families.Pop();
            }
            else if (token.IsDirective)
                Directive(kernel, Next());
            else if (PeekAfter.Is(":"))
                Label(kernel);
            else
                kernel.Statements.Add(Instruction());
        }
    }

    private void Open()
    {
        scopes.Push([]);
        families.Push([]);
    }

    private void Label(KernelText kernel)
    {
        var name = Next();
        Expect(":");
        if (Accept(".branchtargets"))
        {
            var targets = new List<string>();
            do
                targets.Add(Next().Text);
            while (Accept(","));
            Expect(";");
            kernel.BranchTargets.Add(name.Text, [.. targets]);
        }
        else if (!kernel.Labels.TryAdd(name.Text, kernel.Statements.Count))
            throw new PtxError(name.Line, $"label {name.Text} stands twice");
    }

    private void Directive(KernelText kernel, Token token)
    {
        switch (token.Text)
        {
            case ".reg":
                Registers(token.Line);
                break;
            case ".shared" or ".local":
                var variable = DeclareVariable(token.Is(".shared") ? PtxSpace.Shared : PtxSpace.Local, false, token.Line);
                kernel.Variables.Add(variable.Name, variable);
                break;
            case ".loc":
                source = new(Integer(), Integer());
                RestOfLine(token.Line);
                break;
            case ".file":
                File(token.Line);
                break;
            case ".pragma":
                Next();
                Expect(";");
                break;
            default:
                throw new PtxError(token.Line, $"'{token.Text}' is not understood in a kernel");
        }
    }

    /// <summary><c>.file number "name" …</c>, after the directive itself.</summary>
    protected void File(int line)
    {
        var number = Integer();
        Files[number] = Next().Text.Trim('"');
        RestOfLine(line);
    }

    private void Registers(int line)
    {
        var type = PtxTypes.Named(Next().Text[1..]);
        if (type == PtxType.None)
            throw new PtxError(line, "a register needs a type");
        do
        {
            var name = Next().Text;
            if (Accept("<"))
            {
                families.Peek()[name] = (type, Integer());
                Expect(">");
            }
            else
                scopes.Peek()[name] = new(name, type);
        }
        while (Accept(","));
        Expect(";");
    }

    private Register? Find(string name)
    {
        var digits = name.Length;
        while (digits > 0 && char.IsAsciiDigit(name[digits - 1]))
            digits--;
        foreach (var (scope, family) in scopes.Zip(families))
        {
            if (scope.TryGetValue(name, out var register))
                return register;
            if (digits < name.Length && family.TryGetValue(name[..digits], out var declared) && int.Parse(name.AsSpan(digits)) < declared.Count)
                return scope[name] = new(name, declared.Type);
        }
        return null;
    }

    private Statement Instruction()
    {
        var line = Peek.Line;
        Register? guard = null;
        var negated = false;
        if (Accept("@"))
        {
            negated = Accept("!");
            var name = Next();
            guard = Find(name.Text) ?? throw new PtxError(name.Line, $"predicate {name.Text} is not declared");
            if (guard.Type != PtxType.Pred)
                throw new PtxError(name.Line, $"{name.Text} is no predicate");
        }
        var opcode = Next();
        if (!char.IsAsciiLetter(opcode.Text[0]))
            throw new PtxError(opcode.Line, $"'{opcode.Text}' is no instruction");
        if (opcode.Is("call") || opcode.Text.StartsWith("call.", StringComparison.Ordinal))
            throw new PtxError(opcode.Line, "call is not supported: everything a kernel calls must be inlined");
        var operands = new List<Operand>();
        while (!Accept(";"))
        {
            operands.Add(ParseOperand());
            if (!Peek.Is(";"))
                Expect(",");
        }
        return new(line, source, guard, negated, opcode.Text, operands);
    }

    private Operand ParseOperand()
    {
        var negated = Accept("!");
        var operand = Simple();
        if (Accept("|"))
            operand = operand with { Second = Simple() };
        return negated ? operand with { IsNegated = true } : operand;
    }

    private Operand Simple()
    {
        if (Accept("{"))
        {
            var elements = new List<Operand>();
            while (!Accept("}"))
            {
                elements.Add(Simple());
                Accept(",");
            }
            return new(OperandKind.Vector) { Elements = elements };
        }
        if (Accept("["))
        {
            var start = Simple();
            var address = new Operand(OperandKind.Address) { Base = start with { Offset = 0 }, Offset = start.Offset };
            if (start.Kind == OperandKind.Integer)
                address = new(OperandKind.Address) { Offset = (long)start.Bits };
            else if (start.Kind == OperandKind.Register && (Peek.Is("+") || Peek.Is("-")))
                address = address with { Offset = SignedNumber() };
            if (Accept(","))
                address = address with { Elements = Simple().Elements };
            Expect("]");
            return address;
        }
        if (Peek.Is("-") || (Peek.Is("+") && TryNumber(PeekAfter, out _)))
        {
            var minus = Next().Is("-");
            var token = Next();
            if (!TryNumber(token, out var number))
                throw new PtxError(token.Line, $"expected a number, found '{token.Text}'");
            return minus ? Negate(number) : number;
        }
        var word = Next();
        if (TryNumber(word, out var literal))
            return literal;
        if (word.Is("_"))
            return new(OperandKind.Sink);
        if (Find(word.Text) is { } register)
            return new(OperandKind.Register) { Register = register };
        var offset = Peek.Is("+") || Peek.Is("-") ? SignedNumber() : 0;
        return new(OperandKind.Symbol) { Name = word.Text, Offset = offset };
    }

    /// <summary><c>+12</c>, <c>-12</c> and <c>+-12</c>.</summary>
    private long SignedNumber()
    {
        var sign = 1L;
        while (Peek.Is("+") || Peek.Is("-"))
            sign *= Next().Is("-") ? -1 : 1;
        var token = Next();
        return TryNumber(token, out var number) && number.Kind == OperandKind.Integer
            ? sign * (long)number.Bits
            : throw new PtxError(token.Line, $"expected a whole number, found '{token.Text}'");
    }

    private static Operand Negate(Operand number) => number.Kind switch
    {
        OperandKind.Float32 => number with { Bits = number.Bits ^ 0x8000_0000 },
        OperandKind.Float64 => number with { Bits = number.Bits ^ 0x8000_0000_0000_0000 },
        _ => number with { Bits = (ulong)-(long)number.Bits },
    };

    protected Variable DeclareVariable(PtxSpace space, bool isExtern, int line)
    {
        var variable = DeclareVariable(space, isExtern, line, out var initial);
        return initial.AsSpan().ContainsAnyExcept((byte)0)
            ? throw new PtxError(line, $"{variable.Name}: shared and local variables cannot have initial values")
            : variable;
    }

    /// <summary>A variable after the word for its space, up to the semicolon.</summary>
    protected Variable DeclareVariable(PtxSpace space, bool isExtern, int line, out byte[] initial)
    {
        var alignment = 0;
        var type = PtxType.None;
        while (Peek.IsDirective)
        {
            var token = Next();
            if (token.Is(".align"))
                alignment = Integer();
            else if ((type = PtxTypes.Named(token.Text[1..])) == PtxType.None)
                throw new PtxError(token.Line, $"'{token.Text}' is not understood in a variable");
        }
        var name = Next();
        var count = 1;
        var isOpen = false;
        while (Accept("["))
        {
            isOpen |= Peek.Is("]");
            count *= Peek.Is("]") ? 0 : Integer();
            Expect("]");
        }
        if (isOpen && (!isExtern || space != PtxSpace.Shared))
            throw new PtxError(line, $"{name.Text} has no size");
        if (isExtern && !isOpen)
            throw new PtxError(line, $"{name.Text} is defined in another module, which is not supported");
        initial = new byte[count * type.Bytes()];
        if (Accept("="))
            Initial(type, initial);
        Expect(";");
        return new(name.Text, space, Math.Max(alignment, type.Bytes()), initial.Length, isOpen, line);
    }

    private void Initial(PtxType type, byte[] bytes)
    {
        var at = 0;
        var depth = 0;
        do
        {
            while (Accept("{"))
                depth++;
            if (!Peek.Is("}"))
            {
                var number = Simple();
                if (number.Kind is not (OperandKind.Integer or OperandKind.Float32 or OperandKind.Float64))
                    throw new PtxError(Peek.Line, "initial values can only be numbers");
                BitConverter.TryWriteBytes(eight, number.Bits);
                eight.AsSpan(0, type.Bytes()).CopyTo(bytes.AsSpan(at));
                at += type.Bytes();
            }
            while (Accept("}"))
                depth--;
        }
        while (Accept(","));
        if (depth != 0)
            throw new PtxError(Peek.Line, "braces of the initial values do not match");
    }

    private readonly byte[] eight = new byte[8];
}
