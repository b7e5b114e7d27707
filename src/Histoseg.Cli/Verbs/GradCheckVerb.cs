using System.CommandLine;
using System.Globalization;
using Histoseg.Cli.Terminal;
using Histoseg.Engine.Checking;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine gradcheck</c>: every operation's gradient against central differences.</summary>
internal sealed class GradCheckVerb(Session session) : Verb(
    "gradcheck",
    "Compares the gradient of every operation with central differences in float64, used once and used twice.",
    "engine gradcheck",
    session)
{
    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var (checkedCases, wrong) = (0, 0);
        var width = OpCases.All.Max(one => one.ToString().Length);
        Session.Out.WriteLine($"{"operation: case".PadRight(width)}  {"once",8}  {"twice",8}  elements");
        foreach (var one in OpCases.All)
        {
            Session.Cancel.ThrowIfCancellationRequested();
            var result = GradientCheck.Run(one);
            // Written so that a NaN fails.
            var passed = result.WorstError < GradientCheck.Tolerance && result.WorstErrorUsedTwice < GradientCheck.Tolerance;
            Session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{one.ToString().PadRight(width)}  {result.WorstError,8:0.0e+00}  {result.WorstErrorUsedTwice,8:0.0e+00}  "
                    + $"{result.Elements,8}{(passed ? "" : "  WRONG")}"));
            checkedCases++;
            wrong += passed ? 0 : 1;
        }
        Session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{checkedCases} cases, {wrong} at or above {GradientCheck.Tolerance:0e+00}"));
        return wrong == 0 ? ExitCode.Success : ExitCode.Failed;
    }
}
