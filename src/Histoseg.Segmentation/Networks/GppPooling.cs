namespace Histoseg.Segmentation.Networks;

/// <summary>How the pyramid pooling of the network divides the map.</summary>
public enum GppPooling
{
    /// <summary>PyTorch's adaptive windows; the whole map is covered at any size.</summary>
    Adaptive,
    /// <summary>The paper's literal kernels 60, 30, 20, 10 with equal strides.</summary>
    Fixed,
}
