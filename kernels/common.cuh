// What every kernel starts from: CUDA's keywords without CUDA's headers, the two number types activations come in, and reductions.
// Compiled by clang alone (build.sh kernels); there is no libdevice, so exp and log are written here on the hardware's ex2 and lg2.
#pragma once

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define DEVICE static __device__ inline __attribute__((always_inline))
// A kernel that the host finds by its plain name. Every kernel states its largest block.
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads)

using uint8 = unsigned char;
using uint16 = unsigned short;
using uint32 = unsigned int;
using uint64 = unsigned long long;
using int64 = long long;

// 16 bytes at once.
using uint4 = uint32 __attribute__((ext_vector_type(4)));
using float4 = float __attribute__((ext_vector_type(4)));

DEVICE int thread_x() { return __nvvm_read_ptx_sreg_tid_x(); }
DEVICE int thread_y() { return __nvvm_read_ptx_sreg_tid_y(); }
DEVICE int block_x() { return __nvvm_read_ptx_sreg_ctaid_x(); }
DEVICE int block_y() { return __nvvm_read_ptx_sreg_ctaid_y(); }
DEVICE int block_z() { return __nvvm_read_ptx_sreg_ctaid_z(); }
DEVICE int threads_x() { return __nvvm_read_ptx_sreg_ntid_x(); }
DEVICE int threads_y() { return __nvvm_read_ptx_sreg_ntid_y(); }
DEVICE int blocks_x() { return __nvvm_read_ptx_sreg_nctaid_x(); }
DEVICE int blocks_y() { return __nvvm_read_ptx_sreg_nctaid_y(); }
DEVICE void barrier() { __syncthreads(); }

// This thread's place in the whole one-dimensional grid, and how many threads that has: for loops that stride over items.
DEVICE int64 grid_thread() { return (int64)block_x() * threads_x() + thread_x(); }
DEVICE int64 grid_threads() { return (int64)blocks_x() * threads_x(); }

constexpr int warp_size = 32;
constexpr uint32 all_lanes = 0xffffffffu;

// bfloat16: the upper half of a float32.
struct bf16 { uint16 bits; };

DEVICE float widen(float x) { return x; }
DEVICE float widen(bf16 x) { return __builtin_bit_cast(float, (uint32)x.bits << 16); }

template <typename T> struct narrow_to;
template <> struct narrow_to<float> {
    static __device__ inline __attribute__((always_inline)) float of(float x) { return x; }
};
template <> struct narrow_to<bf16> {
    // To nearest, ties to even.
    static __device__ inline __attribute__((always_inline)) bf16 of(float x) {
        bf16 r;
        asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(r.bits) : "f"(x));
        return r;
    }
};
template <typename T> DEVICE T narrow(float x) { return narrow_to<T>::of(x); }

DEVICE float max_of(float a, float b) { return __builtin_fmaxf(a, b); }
DEVICE float min_of(float a, float b) { return __builtin_fminf(a, b); }
DEVICE int max_of(int a, int b) { return a > b ? a : b; }
DEVICE int min_of(int a, int b) { return a < b ? a : b; }
DEVICE float fma_of(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

// e^x. The product x·log2(e) is taken in two pieces, so that large |x| keep their digits.
DEVICE float exp_of(float x) {
    constexpr float log2e_high = 1.44269502f, log2e_low = 1.92596299e-8f;
    const float whole = __builtin_rintf(x * log2e_high);
    const float part = fma_of(x, log2e_high, -whole) + x * log2e_low;
    return __nvvm_ex2_approx_f(part) * __nvvm_ex2_approx_f(whole);
}

DEVICE float shuffle_xor(float x, int mask) { return __nvvm_shfl_sync_bfly_f32(all_lanes, x, mask, warp_size - 1); }

// The sum over the warp, the same in every lane, in a fixed order.
DEVICE float warp_sum(float x) {
    for (int mask = warp_size / 2; mask > 0; mask /= 2)
        x += shuffle_xor(x, mask);
    return x;
}
