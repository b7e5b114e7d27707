namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>What is made with the register kernel that suits the vector instructions and a number of columns.</summary>
internal interface IKernelUser
{
    /// <summary>Makes it; null: it is not for this kernel.</summary>
    Kernel? Use<TKernel>() where TKernel : struct, IMicroKernel;
}
