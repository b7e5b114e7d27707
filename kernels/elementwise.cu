// Additions, ReLU and constants: one pass over memory, nothing else to gain. Bytes: every input and output once.
#include "common.cuh"

template <typename T> DEVICE void fill(T* y, float value, int64 count) {
    for (int64 i = grid_thread(); i < count; i += grid_threads())
        y[i] = narrow<T>(value);
}

// y = a + b; y may be a.
template <typename T> DEVICE void add(const T* a, const T* b, T* y, int64 count) {
    for (int64 i = grid_thread(); i < count; i += grid_threads())
        y[i] = narrow<T>(widen(a[i]) + widen(b[i]));
}

// y = max(x, 0); y may be x.
template <typename T> DEVICE void relu(const T* x, T* y, int64 count) {
    for (int64 i = grid_thread(); i < count; i += grid_threads())
        y[i] = narrow<T>(max_of(widen(x[i]), 0.0f));
}

// dx = y > 0 ? dy : 0; dx may be dy.
template <typename T> DEVICE void relu_gradient(const T* dy, const T* y, T* dx, int64 count) {
    for (int64 i = grid_thread(); i < count; i += grid_threads())
        dx[i] = widen(y[i]) > 0 ? dy[i] : narrow<T>(0);
}

KERNEL(256) fill_f32(float* y, float value, int64 count) { fill(y, value, count); }
KERNEL(256) fill_bf16(bf16* y, float value, int64 count) { fill(y, value, count); }
KERNEL(256) add_f32(const float* a, const float* b, float* y, int64 count) { add(a, b, y, count); }
KERNEL(256) add_bf16(const bf16* a, const bf16* b, bf16* y, int64 count) { add(a, b, y, count); }
KERNEL(256) relu_f32(const float* x, float* y, int64 count) { relu(x, y, count); }
KERNEL(256) relu_bf16(const bf16* x, bf16* y, int64 count) { relu(x, y, count); }
KERNEL(256) relu_gradient_f32(const float* dy, const float* y, float* dx, int64 count) { relu_gradient(dy, y, dx, count); }
KERNEL(256) relu_gradient_bf16(const bf16* dy, const bf16* y, bf16* dx, int64 count) { relu_gradient(dy, y, dx, count); }

// The bfloat16 copy of a parameter.
KERNEL(256) narrow(const float* __restrict__ x, bf16* __restrict__ y, int64 count) {
    for (int64 i = grid_thread(); i < count; i += grid_threads())
        y[i] = narrow<bf16>(x[i]);
}
