using System.Runtime.InteropServices;

namespace Histoseg.Cuda;

/// <summary>cuDNN 9's C functions.</summary>
/// <remarks>Checked against <c>native/abi/cudnn.csv</c>.</remarks>
internal static unsafe partial class CudnnNative
{
    internal const string Library = "cudnn";

    [LibraryImport(Library, EntryPoint = "cudnnGetVersion")]
    internal static partial nuint GetVersion();

    [LibraryImport(Library, EntryPoint = "cudnnCreate")]
    internal static partial CudnnStatus Create(out nint handle);

    [LibraryImport(Library, EntryPoint = "cudnnDestroy")]
    internal static partial CudnnStatus Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "cudnnSetStream")]
    internal static partial CudnnStatus SetStream(nint handle, nint stream);

    [LibraryImport(Library, EntryPoint = "cudnnCreateTensorDescriptor")]
    internal static partial CudnnStatus CreateTensorDescriptor(out nint descriptor);

    [LibraryImport(Library, EntryPoint = "cudnnSetTensor4dDescriptor")]
    internal static partial CudnnStatus SetTensor4dDescriptor(nint descriptor, CudnnTensorFormat format, CudnnDataType type, int n, int c, int h,
        int w);

    [LibraryImport(Library, EntryPoint = "cudnnDestroyTensorDescriptor")]
    internal static partial CudnnStatus DestroyTensorDescriptor(nint descriptor);

    [LibraryImport(Library, EntryPoint = "cudnnCreateFilterDescriptor")]
    internal static partial CudnnStatus CreateFilterDescriptor(out nint descriptor);

    [LibraryImport(Library, EntryPoint = "cudnnSetFilter4dDescriptor")]
    internal static partial CudnnStatus SetFilter4dDescriptor(nint descriptor, CudnnDataType type, CudnnTensorFormat format, int k, int c, int h,
        int w);

    [LibraryImport(Library, EntryPoint = "cudnnDestroyFilterDescriptor")]
    internal static partial CudnnStatus DestroyFilterDescriptor(nint descriptor);

    [LibraryImport(Library, EntryPoint = "cudnnCreateConvolutionDescriptor")]
    internal static partial CudnnStatus CreateConvolutionDescriptor(out nint descriptor);

    [LibraryImport(Library, EntryPoint = "cudnnSetConvolution2dDescriptor")]
    internal static partial CudnnStatus SetConvolution2dDescriptor(nint descriptor, int padH, int padW, int strideH, int strideW, int dilationH,
        int dilationW, CudnnConvolutionMode mode, CudnnDataType computeType);

    [LibraryImport(Library, EntryPoint = "cudnnSetConvolutionMathType")]
    internal static partial CudnnStatus SetConvolutionMathType(nint descriptor, CudnnMathType mathType);

    [LibraryImport(Library, EntryPoint = "cudnnDestroyConvolutionDescriptor")]
    internal static partial CudnnStatus DestroyConvolutionDescriptor(nint descriptor);

    [LibraryImport(Library, EntryPoint = "cudnnCreateActivationDescriptor")]
    internal static partial CudnnStatus CreateActivationDescriptor(out nint descriptor);

    [LibraryImport(Library, EntryPoint = "cudnnSetActivationDescriptor")]
    internal static partial CudnnStatus SetActivationDescriptor(nint descriptor, CudnnActivationMode mode, CudnnNanPropagation nan,
        double coefficient);

    [LibraryImport(Library, EntryPoint = "cudnnDestroyActivationDescriptor")]
    internal static partial CudnnStatus DestroyActivationDescriptor(nint descriptor);

    [LibraryImport(Library, EntryPoint = "cudnnGetConvolutionForwardWorkspaceSize")]
    internal static partial CudnnStatus GetConvolutionForwardWorkspaceSize(nint handle, nint x, nint w, nint convolution, nint y, int algorithm,
        out nuint bytes);

    [LibraryImport(Library, EntryPoint = "cudnnGetConvolutionBackwardDataWorkspaceSize")]
    internal static partial CudnnStatus GetConvolutionBackwardDataWorkspaceSize(nint handle, nint w, nint dy, nint convolution, nint dx,
        int algorithm, out nuint bytes);

    [LibraryImport(Library, EntryPoint = "cudnnGetConvolutionBackwardFilterWorkspaceSize")]
    internal static partial CudnnStatus GetConvolutionBackwardFilterWorkspaceSize(nint handle, nint x, nint dy, nint convolution, nint dw,
        int algorithm, out nuint bytes);

    [LibraryImport(Library, EntryPoint = "cudnnConvolutionForward")]
    internal static partial CudnnStatus ConvolutionForward(nint handle, float* alpha, nint xDescriptor, ulong x, nint wDescriptor, ulong w,
        nint convolution, int algorithm, ulong workspace, nuint workspaceBytes, float* beta, nint yDescriptor, ulong y);

    [LibraryImport(Library, EntryPoint = "cudnnConvolutionBackwardData")]
    internal static partial CudnnStatus ConvolutionBackwardData(nint handle, float* alpha, nint wDescriptor, ulong w, nint dyDescriptor, ulong dy,
        nint convolution, int algorithm, ulong workspace, nuint workspaceBytes, float* beta, nint dxDescriptor, ulong dx);

    [LibraryImport(Library, EntryPoint = "cudnnConvolutionBackwardFilter")]
    internal static partial CudnnStatus ConvolutionBackwardFilter(nint handle, float* alpha, nint xDescriptor, ulong x, nint dyDescriptor,
        ulong dy, nint convolution, int algorithm, ulong workspace, nuint workspaceBytes, float* beta, nint dwDescriptor, ulong dw);

    [LibraryImport(Library, EntryPoint = "cudnnConvolutionBiasActivationForward")]
    internal static partial CudnnStatus ConvolutionBiasActivationForward(nint handle, float* alpha1, nint xDescriptor, ulong x, nint wDescriptor,
        ulong w, nint convolution, int algorithm, ulong workspace, nuint workspaceBytes, float* alpha2, nint zDescriptor, ulong z, nint biasDescriptor,
        ulong bias, nint activation, nint yDescriptor, ulong y);
}
