using System.Text;

namespace Histoseg.Training.Config;

/// <summary>Configs that ship inside the program: files of the project's folder <c>configs</c>.</summary>
internal static class ConfigTemplate
{
    /// <summary>Every key with its default and its meaning: <c>train.yaml</c>.</summary>
    public static string EveryKey => Read("train.yaml");

    /// <summary>What the demo trains: <c>demo.yaml</c>; its slides lie beside it in <c>slides</c>.</summary>
    public static string Demo => Read("demo.yaml");

    private static string Read(string name)
    {
        using var stream = typeof(ConfigTemplate).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
