// Runs of channels of one pixel, moved 16 bytes at a time and computed in float32.
//
// Blocks have two axes: thread_x() runs over runs of channels, so that a warp reads whole lines of memory; thread_y() over pixels.
#pragma once
#include "common.cuh"

DEVICE int blocks_z() { return __nvvm_read_ptx_sreg_nctaid_z(); }

// V consecutive channels. V is 8 for bfloat16 and 4 for float32, 16 bytes of activations, and 1 where the number of channels is no multiple of that.
template <int V> struct pack { float at[V]; };

template <int V> DEVICE pack<V> fill_pack(float value) {
    pack<V> r;
#pragma unroll
    for (int i = 0; i < V; i++)
        r.at[i] = value;
    return r;
}

// From the device's element type, or V parameters or statistics in float32.
template <int V, typename T> DEVICE pack<V> load_pack(const T* p) {
    constexpr int piece = V == 1 ? 1 : pack_size<T>;
    pack<V> r;
#pragma unroll
    for (int i = 0; i < V; i += piece) {
        float x[piece];
        load(p + i, x);
#pragma unroll
        for (int k = 0; k < piece; k++)
            r.at[i + k] = x[k];
    }
    return r;
}

template <int V, typename T> DEVICE void store_pack(T* p, pack<V> x) {
    constexpr int piece = V == 1 ? 1 : pack_size<T>;
#pragma unroll
    for (int i = 0; i < V; i += piece) {
        float part[piece];
#pragma unroll
        for (int k = 0; k < piece; k++)
            part[k] = x.at[i + k];
        store(p + i, part);
    }
}

// y ← y + factor·x.
template <int V> DEVICE void add_scaled(pack<V>& y, float factor, pack<V> x) {
#pragma unroll
    for (int i = 0; i < V; i++)
        y.at[i] = fma_of(factor, x.at[i], y.at[i]);
}

// The channel this thread's run begins with.
template <int V> DEVICE int pack_channel() { return (block_y() * threads_x() + thread_x()) * V; }

// Threads of every block that reduces through shared memory.
constexpr int block_threads = 256;

// Sums over groups of `lanes` neighbours along thread_y(), in a fixed order; each group's first lane receives its sum. Every thread of the block must come
// here.
template <int V> DEVICE void sum_lanes(pack<V>& x, int lanes) {
    __shared__ float shared[V][block_threads];
    const int lane = thread_y() & (lanes - 1), own = thread_y() * threads_x() + thread_x();
    for (int half = lanes / 2; half > 0; half /= 2) {
        if (lane >= half && lane < 2 * half) {
#pragma unroll
            for (int i = 0; i < V; i++)
                shared[i][own] = x.at[i];
        }
        barrier();
        if (lane < half) {
#pragma unroll
            for (int i = 0; i < V; i++)
                x.at[i] += shared[i][own + half * threads_x()];
        }
    }
}
