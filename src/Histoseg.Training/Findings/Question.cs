namespace Histoseg.Training.Findings;

/// <summary>What a person asks of a run, in the order it is answered.</summary>
internal enum Question
{
    /// <summary>Did it learn?</summary>
    Learnt,
    /// <summary>Is it still improving?</summary>
    Improving,
    /// <summary>Where is it wrong?</summary>
    Wrong,
    /// <summary>What to do next?</summary>
    Next,
}
