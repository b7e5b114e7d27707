namespace Histoseg.Training.Studies;

/// <summary>What of the paper is reproduced.</summary>
internal enum StudyTarget
{
    /// <summary>Networks by score, parameters, time per patch and stride.</summary>
    Table1,
    /// <summary>Score over the length k of the GICN's kernels.</summary>
    Table2,
    /// <summary>GICN against a plain k×k convolution.</summary>
    Table3,
    /// <summary>Networks by score on small and on large annotated regions.</summary>
    Table4,
    /// <summary>Pictures: image, truth, and what each network predicts.</summary>
    Fig3,
}
