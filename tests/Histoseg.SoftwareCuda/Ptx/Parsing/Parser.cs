using System.Globalization;

namespace Histoseg.SoftwareCuda.Ptx.Parsing;

/// <summary>Reads tokens one after the other.</summary>
internal abstract class Parser(Token[] tokens)
{
    protected int At { get; set; }

    protected bool IsAtEnd => At >= tokens.Length;

    protected Token Peek => At < tokens.Length ? tokens[At] : new("", tokens.Length == 0 ? 1 : tokens[^1].Line);

    protected Token PeekAfter => At + 1 < tokens.Length ? tokens[At + 1] : new("", Peek.Line);

    protected Token[] All => tokens;

    protected Token Next()
    {
        if (IsAtEnd)
            throw new PtxError(Peek.Line, "the text ends too early");
        return tokens[At++];
    }

    protected bool Accept(string text)
    {
        if (!Peek.Is(text))
            return false;
        At++;
        return true;
    }

    protected void Expect(string text)
    {
        var token = Next();
        if (!token.Is(text))
            throw new PtxError(token.Line, $"expected '{text}', found '{token.Text}'");
    }

    protected int Integer()
    {
        var token = Next();
        return TryNumber(token, out var operand) && operand.Kind == OperandKind.Integer
            ? checked((int)operand.Bits)
            : throw new PtxError(token.Line, $"expected a whole number, found '{token.Text}'");
    }

    /// <summary>What remains of a line that a directive without a closing semicolon fills.</summary>
    protected List<Token> RestOfLine(int line)
    {
        var rest = new List<Token>();
        while (!IsAtEnd && Peek.Line == line)
            rest.Add(Next());
        return rest;
    }

    /// <summary>A number as PTX writes it: 12, 0x1F, 0f3F800000, 0d3FF0000000000000, 1.5; the sign is a token of its own.</summary>
    protected static bool TryNumber(Token token, out Operand operand)
    {
        operand = new(OperandKind.Integer);
        var text = token.Text;
        if (text.Length == 0 || !char.IsAsciiDigit(text[0]))
            return false;
        if (text.StartsWith("0f", StringComparison.OrdinalIgnoreCase) && text.Length == 10)
            operand = new(OperandKind.Float32) { Bits = Hex(text[2..], token.Line) };
        else if (text.StartsWith("0d", StringComparison.OrdinalIgnoreCase) && text.Length == 18)
            operand = new(OperandKind.Float64) { Bits = Hex(text[2..], token.Line) };
        else if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            operand = new(OperandKind.Integer) { Bits = Hex(text[2..].TrimEnd('U', 'u'), token.Line) };
        else if (text.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
            operand = new(OperandKind.Integer) { Bits = Convert.ToUInt64(text[2..].TrimEnd('U', 'u'), 2) };
        else if (text.Contains('.'))
            operand = new(OperandKind.Float64) { Bits = BitConverter.DoubleToUInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)) };
        else if (text.Length > 1 && text[0] == '0')
            operand = new(OperandKind.Integer) { Bits = Convert.ToUInt64(text.TrimEnd('U', 'u'), 8) };
        else if (ulong.TryParse(text.TrimEnd('U', 'u'), CultureInfo.InvariantCulture, out var value))
            operand = new(OperandKind.Integer) { Bits = value };
        else
            throw new PtxError(token.Line, $"'{text}' is no number");
        return true;
    }

    private static ulong Hex(string digits, int line) =>
        ulong.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new PtxError(line, $"'{digits}' is no hexadecimal number");
}
