using System.Text;
using Histoseg.Training.Findings;

namespace Histoseg.Training.Reports;

/// <summary>The sentences that a report begins with, under the questions they answer.</summary>
internal static class AnswersSection
{
    private static readonly (Question Question, string Text)[] _questions =
    [
        (Question.Learnt, "Did it learn?"), (Question.Improving, "Is it still improving?"), (Question.Wrong, "Where is it wrong?"),
        (Question.Next, "What to do next"),
    ];

    /// <summary>The section's content; a question that nothing answers is left out.</summary>
    public static string Draw(IReadOnlyList<Answer> answers)
    {
        var list = new StringBuilder("<dl class=\"answers\">");
        foreach (var (question, text) in _questions)
            if (answers.Where(answer => answer.Question == question).ToList() is { Count: > 0 } found)
                list.Append($"<dt>{text}</dt>").AppendJoin("", found.Select(answer => $"<dd>{Html.Escape(answer.Text)}</dd>"));
        return list.Append("</dl>").ToString();
    }
}
