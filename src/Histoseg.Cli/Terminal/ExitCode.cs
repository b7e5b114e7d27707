namespace Histoseg.Cli.Terminal;

/// <summary>What the program's exit codes mean.</summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>It failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the config is wrong; nothing was done.</summary>
    public const int BadUsage = 2;

    /// <summary>Some slides, or some networks of a study, failed; the rest are done.</summary>
    public const int SomeSlidesFailed = 3;

    /// <summary>Ctrl-C stopped it; the same command goes on. This and the following are 128 and the number of the signal, as shells have it.</summary>
    public const int Stopped = 130;

    /// <summary>The loss of its terminal stopped it.</summary>
    public const int HungUp = 129;

    /// <summary>A batch system's warning that its time ends (SIGUSR1) stopped it.</summary>
    public const int AskedByBatchSystem = 138;

    /// <summary>The termination signal stopped it.</summary>
    public const int Terminated = 143;

    /// <summary>The code of how work ended.</summary>
    public static int Of(WorkOutcome outcome) => outcome switch
    {
        WorkOutcome.Complete => Success,
        WorkOutcome.Partial => SomeSlidesFailed,
        _ => Failed,
    };
}
