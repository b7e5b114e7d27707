// What stands beside the convolutions: the second pass over slices, conversions for libraries that want one number type throughout,
// and what the choice among implementations needs to try them out.
// Each moves its inputs and outputs once.
#include "common.cuh"

// dweight = Σ of the slices' sums, in order. partial: (slices, count).
KERNEL(256) conv_sum_slices(const float* __restrict__ partial, float* __restrict__ dweight, int64 count, int slices) {
    for (int64 i = grid_thread(); i < count; i += grid_threads()) {
        float sum = 0;
        for (int s = 0; s < slices; s++)
            sum += partial[s * count + i];
        dweight[i] = sum;
    }
}

// y = relu(Σ of the slices' sums, in order, + bias + residual), each as asked for. partial: (slices, pixels, channels), channels a multiple of four.
template <typename T> DEVICE void finish(const float* __restrict__ partial, const float* __restrict__ bias, const T* residual, T* y, int64 count, int channels,
    int slices, int relu) {
    for (int64 i = 4 * grid_thread(); i < count; i += 4 * grid_threads()) {
        float4 sum = *(const float4*)(partial + i);
        for (int s = 1; s < slices; s++)
            sum += *(const float4*)(partial + s * count + i);
        if (bias)
            sum += *(const float4*)(bias + i % channels);
#pragma unroll
        for (int e = 0; e < 4; e++) {
            const float value = residual ? sum[e] + widen(residual[i + e]) : sum[e];
            // A NaN stays one.
            y[i + e] = narrow<T>(relu && value < 0 ? 0.0f : value);
        }
    }
}
KERNEL(256) conv_finish_f32(const float* __restrict__ partial, const float* __restrict__ bias, const float* residual, float* y, int64 count, int channels,
    int slices, int relu) {
    finish(partial, bias, residual, y, count, channels, slices, relu);
}
KERNEL(256) conv_finish_bf16(const float* __restrict__ partial, const float* __restrict__ bias, const bf16* residual, bf16* y, int64 count, int channels,
    int slices, int relu) {
    finish(partial, bias, residual, y, count, channels, slices, relu);
}

// y = relu(y + bias + residual), each as asked for, behind a library's product; channels a multiple of four. A NaN stays one.
template <typename T> DEVICE void finish_in_place(T* y, const float* __restrict__ bias, const T* __restrict__ residual, int64 count, int channels, int relu) {
    for (int64 i = 4 * grid_thread(); i < count; i += 4 * grid_threads()) {
        const float4 added = bias ? *(const float4*)(bias + i % channels) : float4{0, 0, 0, 0};
#pragma unroll
        for (int e = 0; e < 4; e++) {
            const float value = widen(y[i + e]) + added[e] + (residual ? widen(residual[i + e]) : 0.0f);
            y[i + e] = narrow<T>(relu && value < 0 ? 0.0f : value);
        }
    }
}
KERNEL(256) conv_finish_in_place_f32(float* y, const float* __restrict__ bias, const float* __restrict__ residual, int64 count, int channels, int relu) {
    finish_in_place(y, bias, residual, count, channels, relu);
}
KERNEL(256) conv_finish_in_place_bf16(bf16* y, const float* __restrict__ bias, const bf16* __restrict__ residual, int64 count, int channels, int relu) {
    finish_in_place(y, bias, residual, count, channels, relu);
}

KERNEL(256) conv_widen(const bf16* __restrict__ x, float* __restrict__ y, int64 count) {
    for (int64 i = grid_thread(); i < count; i += grid_threads())
        y[i] = widen(x[i]);
}

KERNEL(256) conv_narrow(const float* __restrict__ x, bf16* __restrict__ y, int64 count) {
    for (int64 i = grid_thread(); i < count; i += grid_threads())
        y[i] = narrow<bf16>(x[i]);
}

// Numbers that look random, uniform in −1 … 1: the position mixed by two rounds of multiplication and shift.
DEVICE float random_number(int64 i, uint32 seed) {
    uint32 h = (uint32)i * 0x9E3779B1u ^ (uint32)(i >> 32) ^ seed;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    h ^= h >> 16;
    return (float)(h >> 8) * (2.0f / (1 << 24)) - 1.0f;
}
template <typename T> DEVICE void fill_random(T* y, int64 count, int seed) {
    for (int64 i = grid_thread(); i < count; i += grid_threads())
        y[i] = narrow<T>(random_number(i, (uint32)seed));
}
KERNEL(256) conv_random_f32(float* y, int64 count, int seed) { fill_random(y, count, seed); }
KERNEL(256) conv_random_bf16(bf16* y, int64 count, int seed) { fill_random(y, count, seed); }

// Largest |a − b| and largest |b| that a block meets, two numbers per block of 256 threads; a NaN in a counts as infinitely far.
template <typename T> DEVICE void compare(const T* a, const T* b, float* largest, int64 count) {
    __shared__ float errors[256], sizes[256];
    float error = 0, size = 0;
    for (int64 i = grid_thread(); i < count; i += grid_threads()) {
        const float difference = __builtin_fabsf(widen(a[i]) - widen(b[i]));
        error = difference <= 3.0e38f ? max_of(error, difference) : __builtin_inff();
        size = max_of(size, __builtin_fabsf(widen(b[i])));
    }
    errors[thread_x()] = error, sizes[thread_x()] = size;
    barrier();
    for (int half = 128; half > 0; half /= 2) {
        if (thread_x() < half) {
            errors[thread_x()] = max_of(errors[thread_x()], errors[thread_x() + half]);
            sizes[thread_x()] = max_of(sizes[thread_x()], sizes[thread_x() + half]);
        }
        barrier();
    }
    if (thread_x() == 0)
        largest[2 * block_x()] = errors[0], largest[2 * block_x() + 1] = sizes[0];
}
KERNEL(256) conv_compare_f32(const float* __restrict__ a, const float* __restrict__ b, float* largest, int64 count) { compare(a, b, largest, count); }
KERNEL(256) conv_compare_bf16(const bf16* __restrict__ a, const bf16* __restrict__ b, float* largest, int64 count) { compare(a, b, largest, count); }
