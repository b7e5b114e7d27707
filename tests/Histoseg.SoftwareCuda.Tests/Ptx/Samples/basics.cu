#include "cuda.h"

// A structure parameter, static and dynamic shared memory, constants, a global counter, warp shuffles.

struct Affine { float *unused; int n; float scale[5]; };

__constant__ float offsets[4] = {1, 2, 3, 4};
__device__ int counter = 7;
extern __shared__ float dynamicMemory[];

extern "C" __global__ __launch_bounds__(256) void affineSums(const Affine p, float *__restrict__ y, const float *__restrict__ x, int n)
{
    __shared__ float buffer[256];
    int i = BLOCK * THREADS + TID;
    buffer[TID] = i < n ? x[i] * p.scale[BLOCK % 5] + offsets[TID & 3] : 0.f;
    __syncthreads();
    float sum = 0;
    for (int k = 0; k < 9; k++)
        sum += buffer[(TID + k) % THREADS] / (float)(k + 1);
    if (i < n)
        __nvvm_atom_add_gen_i(&counter, 1);
    dynamicMemory[TID] = sum;
    __syncthreads();
    sum = dynamicMemory[THREADS - 1 - TID];
    for (int o = 16; o; o >>= 1)
        sum += __nvvm_shfl_sync_bfly_f32(0xffffffff, sum, o, 31);
    if (TID % 32 == 0)
        y[BLOCK * (THREADS / 32) + TID / 32] = sum;
}

// Early exit before a barrier, nested loops with divergent bounds, a switch.
extern "C" __global__ void collatz(int *steps, int n)
{
    __shared__ int total;
    int i = BLOCK * THREADS + TID;
    if (TID == 0)
        total = 0;
    __syncthreads();
    if (i >= n)
        return;
    int count = 0;
    for (unsigned v = i + 1; v != 1; count++)
        v = v % 2 ? 3 * v + 1 : v / 2;
    switch (count % 5) {
    case 0: count += 1000; break;
    case 1: count *= 3; break;
    case 2: for (int k = 0; k < count; k++) count -= k & 1; break;
    case 3: count = -count; break;
    }
    steps[i] = count;
    __nvvm_atom_add_gen_i(&total, count);
    __syncthreads();
    if (TID == 0)
        steps[n + BLOCK] = total;
}

// A local array with computed indices.
extern "C" __global__ void histogram(const unsigned char *__restrict__ values, unsigned short *counts, int n)
{
    unsigned short local[16] = {0};
    for (int i = TID; i < n; i += THREADS)
        local[values[i] & 15]++;
    for (int b = 0; b < 16; b++)
        counts[TID * 16 + b] = local[b];
}
