namespace Histoseg.Cli.Terminal;

/// <summary>What this program calls the remedies that errors name by their meaning.</summary>
internal static class Remedies
{
    /// <summary>An error's message with the option or verb that mends it.</summary>
    public static string InWords(UserError error) => InWords(error.Message, error.Remedy);

    /// <summary>A message with the option or verb that mends it.</summary>
    public static string InWords(string message, Remedy remedy) => remedy switch
    {
        Remedy.GiveScale => $"{message} (infer: --mpp-override)",
        Remedy.UseProcessor => $"{message} (--device cpu; engine doctor tells what was found)",
        Remedy.ChooseGpu => $"{message} (--device cuda:1, …)",
        Remedy.LookAtPlan => $"{message} (engine plan tells the need)",
        Remedy.Overwrite => $"{message} (--overwrite)",
        Remedy.ChooseFolder => $"{message} (-o)",
        Remedy.MakeRoom => $"{message} (--output, -o)",
        Remedy.Resume => $"{message} (--resume)",
        Remedy.SameAgain => $"{message} (the same command goes on with the slides that are left)",
        Remedy.SmallerBatch => $"{message} (infer: --batch-size; engine plan tells the need)",
        Remedy.MakeHeatMaps => $"{message} (engine infer --output mask,heatmap, or --detections)",
        Remedy.RaiseLimit => $"{message} (--max-megapixels; in a config data.max_megapixels)",
        Remedy.AcceptLoss => $"{message} (--accept-loss)",
        Remedy.SegmentFirst => $"{message} (engine infer)",
        _ => message,
    };
}
