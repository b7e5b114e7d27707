namespace Histoseg.Cuda;

/// <summary>The installed cuDNN; comes from <see cref="CudaLibraries.Cudnn"/>, which has loaded it.</summary>
internal sealed unsafe class Cudnn : ICudnn
{
    public nuint GetVersion() => CudnnNative.GetVersion();

    public CudnnStatus Create(out nint handle) => CudnnNative.Create(out handle);

    public CudnnStatus Destroy(nint handle) => CudnnNative.Destroy(handle);

    public CudnnStatus SetStream(nint handle, nint stream) => CudnnNative.SetStream(handle, stream);

    public CudnnStatus CreateTensorDescriptor(out nint descriptor) => CudnnNative.CreateTensorDescriptor(out descriptor);

    public CudnnStatus SetTensor4dDescriptor(nint descriptor, CudnnTensorFormat format, CudnnDataType type, int n, int c, int h, int w) =>
        CudnnNative.SetTensor4dDescriptor(descriptor, format, type, n, c, h, w);

    public CudnnStatus DestroyTensorDescriptor(nint descriptor) => CudnnNative.DestroyTensorDescriptor(descriptor);

    public CudnnStatus CreateFilterDescriptor(out nint descriptor) => CudnnNative.CreateFilterDescriptor(out descriptor);

    public CudnnStatus SetFilter4dDescriptor(nint descriptor, CudnnDataType type, CudnnTensorFormat format, int k, int c, int h, int w) =>
        CudnnNative.SetFilter4dDescriptor(descriptor, type, format, k, c, h, w);

    public CudnnStatus DestroyFilterDescriptor(nint descriptor) => CudnnNative.DestroyFilterDescriptor(descriptor);

    public CudnnStatus CreateConvolutionDescriptor(out nint descriptor) => CudnnNative.CreateConvolutionDescriptor(out descriptor);

    public CudnnStatus SetConvolution2dDescriptor(nint descriptor, int padH, int padW, int strideH, int strideW, int dilationH, int dilationW,
        CudnnConvolutionMode mode, CudnnDataType computeType) =>
        CudnnNative.SetConvolution2dDescriptor(descriptor, padH, padW, strideH, strideW, dilationH, dilationW, mode, computeType);

    public CudnnStatus SetConvolutionMathType(nint descriptor, CudnnMathType mathType) => CudnnNative.SetConvolutionMathType(descriptor, mathType);

    public CudnnStatus DestroyConvolutionDescriptor(nint descriptor) => CudnnNative.DestroyConvolutionDescriptor(descriptor);

    public CudnnStatus CreateActivationDescriptor(out nint descriptor) => CudnnNative.CreateActivationDescriptor(out descriptor);

    public CudnnStatus SetActivationDescriptor(nint descriptor, CudnnActivationMode mode, CudnnNanPropagation nan, double coefficient) =>
        CudnnNative.SetActivationDescriptor(descriptor, mode, nan, coefficient);

    public CudnnStatus DestroyActivationDescriptor(nint descriptor) => CudnnNative.DestroyActivationDescriptor(descriptor);

    public CudnnStatus GetConvolutionForwardWorkspaceSize(nint handle, nint x, nint w, nint convolution, nint y, int algorithm, out nuint bytes) =>
        CudnnNative.GetConvolutionForwardWorkspaceSize(handle, x, w, convolution, y, algorithm, out bytes);

    public CudnnStatus GetConvolutionBackwardDataWorkspaceSize(nint handle, nint w, nint dy, nint convolution, nint dx, int algorithm,
        out nuint bytes) =>
        CudnnNative.GetConvolutionBackwardDataWorkspaceSize(handle, w, dy, convolution, dx, algorithm, out bytes);

    public CudnnStatus GetConvolutionBackwardFilterWorkspaceSize(nint handle, nint x, nint dy, nint convolution, nint dw, int algorithm,
        out nuint bytes) =>
        CudnnNative.GetConvolutionBackwardFilterWorkspaceSize(handle, x, dy, convolution, dw, algorithm, out bytes);

    public CudnnStatus ConvolutionForward(nint handle, float* alpha, nint xDescriptor, ulong x, nint wDescriptor, ulong w, nint convolution,
        int algorithm, ulong workspace, nuint workspaceBytes, float* beta, nint yDescriptor, ulong y) =>
        CudnnNative.ConvolutionForward(handle, alpha, xDescriptor, x, wDescriptor, w, convolution, algorithm, workspace, workspaceBytes, beta,
            yDescriptor, y);

    public CudnnStatus ConvolutionBackwardData(nint handle, float* alpha, nint wDescriptor, ulong w, nint dyDescriptor, ulong dy,
        nint convolution, int algorithm, ulong workspace, nuint workspaceBytes, float* beta, nint dxDescriptor, ulong dx) =>
        CudnnNative.ConvolutionBackwardData(handle, alpha, wDescriptor, w, dyDescriptor, dy, convolution, algorithm, workspace, workspaceBytes,
            beta, dxDescriptor, dx);

    public CudnnStatus ConvolutionBackwardFilter(nint handle, float* alpha, nint xDescriptor, ulong x, nint dyDescriptor, ulong dy,
        nint convolution, int algorithm, ulong workspace, nuint workspaceBytes, float* beta, nint dwDescriptor, ulong dw) =>
        CudnnNative.ConvolutionBackwardFilter(handle, alpha, xDescriptor, x, dyDescriptor, dy, convolution, algorithm, workspace, workspaceBytes,
            beta, dwDescriptor, dw);

    public CudnnStatus ConvolutionBiasActivationForward(nint handle, float* alpha1, nint xDescriptor, ulong x, nint wDescriptor, ulong w,
        nint convolution, int algorithm, ulong workspace, nuint workspaceBytes, float* alpha2, nint zDescriptor, ulong z, nint biasDescriptor, ulong bias,
        nint activation, nint yDescriptor, ulong y) =>
        CudnnNative.ConvolutionBiasActivationForward(handle, alpha1, xDescriptor, x, wDescriptor, w, convolution, algorithm, workspace,
            workspaceBytes, alpha2, zDescriptor, z, biasDescriptor, bias, activation, yDescriptor, y);
}
