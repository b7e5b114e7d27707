using System.CommandLine;
using Histoseg.Cli.Terminal;
using Histoseg.Engine.Backends;
using Histoseg.Training.Config;

namespace Histoseg.Cli.Verbs;

/// <summary>The options of the verbs that time a config's network.</summary>
internal sealed class TimingOptions
{
    private readonly ConfigOptions _config = new();
    private readonly Option<int> _runs = NumberOption.Create("--runs", "Runs to take medians of", 5);

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command verb)
    {
        _config.AddTo(verb);
        verb.Add(_runs);
    }

    /// <summary>The config and the runs of a command line.</summary>
    /// <exception cref="ConfigError">Something in them is wrong.</exception>
    public (TrainConfig Config, int Runs) Load(ParseResult given) => given.GetValue(_runs) is var runs && runs < 1
        ? throw new ConfigError($"--runs {runs}: at least 1") : (_config.Load(given), runs);

    /// <summary>Opens the device that a config asks for.</summary>
    public static Backend Open(Session session, TrainingConfig training) => session.Devices.Open(training.Device, training.Precision, training.Threads,
        line => session.Error.WriteLine($"engine: {line}"));

    /// <summary>Opens the processor as a config asks for it.</summary>
    /// <exception cref="ConfigError">The config asks for a GPU.</exception>
    public static ProcessorBackend OpenProcessor(Session session, TrainingConfig training) =>
        session.Devices.Open(training.Device, training.Precision, training.Threads) as ProcessorBackend
            ?? throw new ConfigError($"training.device {training.Device}: "
                + "operations are checked and timed on the processor only; use device: cpu (engine profile times a GPU)");
}
