namespace Histoseg.Cuda;

/// <summary>cuDNN 9 as far as the engine uses it: one method per C function, of its name without <c>cudnn</c>, returning its status unchecked.</summary>
/// <remarks>Descriptors and handles are opaque. alpha and beta are floats in host memory.</remarks>
public unsafe interface ICudnn
{
    /// <summary>cudnnGetVersion: 10000·major + 100·minor + patch.</summary>
    nuint GetVersion();

    /// <summary>cudnnCreate.</summary>
    CudnnStatus Create(out nint handle);

    /// <summary>cudnnDestroy.</summary>
    CudnnStatus Destroy(nint handle);

    /// <summary>cudnnSetStream.</summary>
    CudnnStatus SetStream(nint handle, nint stream);

    /// <summary>cudnnCreateTensorDescriptor.</summary>
    CudnnStatus CreateTensorDescriptor(out nint descriptor);

    /// <summary>cudnnSetTensor4dDescriptor.</summary>
    CudnnStatus SetTensor4dDescriptor(nint descriptor, CudnnTensorFormat format, CudnnDataType type, int n, int c, int h, int w);

    /// <summary>cudnnDestroyTensorDescriptor.</summary>
    CudnnStatus DestroyTensorDescriptor(nint descriptor);

    /// <summary>cudnnCreateFilterDescriptor.</summary>
    CudnnStatus CreateFilterDescriptor(out nint descriptor);

    /// <summary>cudnnSetFilter4dDescriptor: k outputs, c inputs.</summary>
    CudnnStatus SetFilter4dDescriptor(nint descriptor, CudnnDataType type, CudnnTensorFormat format, int k, int c, int h, int w);

    /// <summary>cudnnDestroyFilterDescriptor.</summary>
    CudnnStatus DestroyFilterDescriptor(nint descriptor);

    /// <summary>cudnnCreateConvolutionDescriptor.</summary>
    CudnnStatus CreateConvolutionDescriptor(out nint descriptor);

    /// <summary>cudnnSetConvolution2dDescriptor.</summary>
    CudnnStatus SetConvolution2dDescriptor(nint descriptor, int padH, int padW, int strideH, int strideW, int dilationH, int dilationW,
        CudnnConvolutionMode mode, CudnnDataType computeType);

    /// <summary>cudnnSetConvolutionMathType.</summary>
    CudnnStatus SetConvolutionMathType(nint descriptor, CudnnMathType mathType);

    /// <summary>cudnnDestroyConvolutionDescriptor.</summary>
    CudnnStatus DestroyConvolutionDescriptor(nint descriptor);

    /// <summary>cudnnCreateActivationDescriptor.</summary>
    CudnnStatus CreateActivationDescriptor(out nint descriptor);

    /// <summary>cudnnSetActivationDescriptor.</summary>
    CudnnStatus SetActivationDescriptor(nint descriptor, CudnnActivationMode mode, CudnnNanPropagation nan, double coefficient);

    /// <summary>cudnnDestroyActivationDescriptor.</summary>
    CudnnStatus DestroyActivationDescriptor(nint descriptor);

    /// <summary>cudnnGetConvolutionForwardWorkspaceSize.</summary>
    CudnnStatus GetConvolutionForwardWorkspaceSize(nint handle, nint x, nint w, nint convolution, nint y, int algorithm, out nuint bytes);

    /// <summary>cudnnGetConvolutionBackwardDataWorkspaceSize.</summary>
    CudnnStatus GetConvolutionBackwardDataWorkspaceSize(nint handle, nint w, nint dy, nint convolution, nint dx, int algorithm, out nuint bytes);

    /// <summary>cudnnGetConvolutionBackwardFilterWorkspaceSize.</summary>
    CudnnStatus GetConvolutionBackwardFilterWorkspaceSize(nint handle, nint x, nint dy, nint convolution, nint dw, int algorithm, out nuint bytes);

    /// <summary>cudnnConvolutionForward: y ← alpha·(x ∗ w) + beta·y.</summary>
    CudnnStatus ConvolutionForward(nint handle, float* alpha, nint xDescriptor, ulong x, nint wDescriptor, ulong w, nint convolution, int algorithm,
        ulong workspace, nuint workspaceBytes, float* beta, nint yDescriptor, ulong y);

    /// <summary>cudnnConvolutionBackwardData: dx ← alpha·(dy ∗ᵀ w) + beta·dx.</summary>
    CudnnStatus ConvolutionBackwardData(nint handle, float* alpha, nint wDescriptor, ulong w, nint dyDescriptor, ulong dy, nint convolution, int algorithm,
        ulong workspace, nuint workspaceBytes, float* beta, nint dxDescriptor, ulong dx);

    /// <summary>cudnnConvolutionBackwardFilter: dw ← alpha·Σ dy·x + beta·dw.</summary>
    CudnnStatus ConvolutionBackwardFilter(nint handle, float* alpha, nint xDescriptor, ulong x, nint dyDescriptor, ulong dy, nint convolution, int algorithm,
        ulong workspace, nuint workspaceBytes, float* beta, nint dwDescriptor, ulong dw);

    /// <summary>cudnnConvolutionBiasActivationForward: y ← activation(alpha1·(x ∗ w) + alpha2·z + bias).</summary>
    CudnnStatus ConvolutionBiasActivationForward(nint handle, float* alpha1, nint xDescriptor, ulong x, nint wDescriptor, ulong w, nint convolution,
        int algorithm, ulong workspace, nuint workspaceBytes, float* alpha2, nint zDescriptor, ulong z, nint biasDescriptor, ulong bias,
        nint activation, nint yDescriptor, ulong y);
}
