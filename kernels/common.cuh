// What every kernel starts from: CUDA's keywords without CUDA's headers, the two number types activations come in, and reductions.
// Compiled by clang alone (build.sh kernels); there is no libdevice, so exp and log are written here on the hardware's ex2 and lg2.
#pragma once

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define DEVICE static __device__ inline __attribute__((always_inline))
// A kernel that the host finds by its plain name. Every kernel states its largest block; one that registers would leave alone on a multiprocessor,
// though it waits for memory, also the least number of blocks there: KERNEL(256, 2).
#define KERNEL(...) extern "C" __global__ void __launch_bounds__(__VA_ARGS__)

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

// e^x for x ≤ 88; NaN stays NaN. The product x·log2(e) is taken in two pieces, so that large |x| keep their digits.
DEVICE float exp_of(float x) {
    constexpr float log2e_high = 1.44269502f, log2e_low = 1.92596299e-8f;
    x = x < -104 ? -104 : x; // 0 from here on; far below, the pieces would be infinite
    const float whole = __builtin_rintf(x * log2e_high), part = fma_of(x, log2e_high, -whole) + x * log2e_low;
    return __nvvm_ex2_approx_f(part) * __nvvm_ex2_approx_f(whole);
}

DEVICE float shuffle_xor(float x, int mask) { return __nvvm_shfl_sync_bfly_f32(all_lanes, x, mask, warp_size - 1); }

// The sum over the warp, the same in every lane, in a fixed order.
DEVICE float warp_sum(float x) {
    for (int mask = warp_size / 2; mask > 0; mask /= 2)
        x += shuffle_xor(x, mask);
    return x;
}

// log(1 + x) for x ≥ 0, to a few units in the last place also where x is tiny; NaN stays NaN.
// 1 + x = m·2^e with m in √½ … √2; log m = 2·artanh((m − 1)/(m + 1)), a series in a number below 0.172.
DEVICE float log1p_of(float x) {
    constexpr uint32 root_half = 0x3f3504f3u;
    constexpr float ln2 = 0.693147182f;
    const uint32 bits = __builtin_bit_cast(uint32, 1 + x);
    const int e = (int)(bits - root_half) >> 23;
    const float above = e == 0 ? x : __builtin_bit_cast(float, bits - ((uint32)e << 23)) - 1;
    const float s = above / (2 + above), q = s * s;
    const float series = fma_of(q, fma_of(q, fma_of(q, fma_of(q, 1 / 11.0f, 1 / 9.0f), 1 / 7.0f), 1 / 5.0f), 1 / 3.0f);
    const float result = fma_of((float)e, ln2, 2 * fma_of(s * q, series, s));
    return x < __builtin_inff() ? result : x;
}

// The largest over the warp, the same in every lane.
DEVICE float warp_max(float x) {
    for (int mask = warp_size / 2; mask > 0; mask /= 2)
        x = max_of(x, shuffle_xor(x, mask));
    return x;
}

using uint2 = uint32 __attribute__((ext_vector_type(2)));

// Tells readers of the PTX how much dynamic shared memory the host gives a block of this kernel; no instruction.
template <int bytes> DEVICE void asks_shared() { asm volatile("// shared memory: %0 bytes" ::"n"(bytes)); }

// How many activations 16 bytes hold.
template <typename T> constexpr int pack_size = 16 / sizeof(T);

// Two floats as bfloat16 in one word, the first in the lower half.
DEVICE uint32 narrow_pair(float low, float high) {
    uint32 r;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
    return r;
}

// 16 bytes of activations at once; the address must be a multiple of 16.
DEVICE void load(const float* p, float (&x)[4]) {
    const float4 v = *reinterpret_cast<const float4*>(p);
    for (int i = 0; i < 4; i++)
        x[i] = v[i];
}
DEVICE void load(const bf16* p, float (&x)[8]) {
    const uint4 v = *reinterpret_cast<const uint4*>(p);
    for (int i = 0; i < 4; i++) {
        x[2 * i] = __builtin_bit_cast(float, v[i] << 16);
        x[2 * i + 1] = __builtin_bit_cast(float, v[i] & 0xffff0000u);
    }
}
DEVICE void store(float* p, const float (&x)[4]) { *reinterpret_cast<float4*>(p) = float4{x[0], x[1], x[2], x[3]}; }
// 4 numbers as bfloat16; the address must be a multiple of 8.
DEVICE void store(bf16* p, const float (&x)[4]) { *reinterpret_cast<uint2*>(p) = uint2{narrow_pair(x[0], x[1]), narrow_pair(x[2], x[3])}; }
DEVICE void store(bf16* p, const float (&x)[8]) {
    *reinterpret_cast<uint4*>(p) = uint4{narrow_pair(x[0], x[1]), narrow_pair(x[2], x[3]), narrow_pair(x[4], x[5]), narrow_pair(x[6], x[7])};
}
// One activation, for what does not fill 16 bytes.
template <typename T> DEVICE void load(const T* p, float (&x)[1]) { x[0] = widen(*p); }
template <typename T> DEVICE void store(T* p, const float (&x)[1]) { *p = narrow<T>(x[0]); }

template <int n> struct lanes { static constexpr int count = n; };

// Calls f(i, lanes<n>) over all elements: n = 16 bytes of them at a time, n = 1 for the rest.
template <typename T, typename F> DEVICE void for_packs(int64 count, F f) {
    constexpr int n = pack_size<T>;
    for (int64 i = grid_thread() * n; i + n <= count; i += grid_threads() * n)
        f(i, lanes<n>());
    for (int64 i = count / n * n + grid_thread(); i < count; i += grid_threads())
        f(i, lanes<1>());
}

// A product and a sum each rounded by itself: nothing fuses them, so that the result is the CPU's to the last bit.
DEVICE float product_of(float a, float b) { return __nvvm_mul_rn_f(a, b); }
DEVICE float sum_of(float a, float b) { return __nvvm_add_rn_f(a, b); }
