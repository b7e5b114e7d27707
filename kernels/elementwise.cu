// Additions, ReLU and constants: one pass over memory, nothing else to gain. Bytes: every input and output once, 16 at a time.
#include "common.cuh"

template <typename T> DEVICE void fill(T* y, float value, int64 count) {
    for_packs<T>(count, [=](int64 i, auto some) {
        float p[some.count];
        for (float& each : p)
            each = value;
        store(y + i, p);
    });
}

// y = a + b; y may be a.
template <typename T> DEVICE void add(const T* a, const T* b, T* y, int64 count) {
    for_packs<T>(count, [=](int64 i, auto some) {
        float p[some.count], q[some.count];
        load(a + i, p);
        load(b + i, q);
        for (int k = 0; k < some.count; k++)
            p[k] += q[k];
        store(y + i, p);
    });
}

// y = max(x, 0), NaN where x is NaN; y may be x.
template <typename T> DEVICE void relu(const T* x, T* y, int64 count) {
    for_packs<T>(count, [=](int64 i, auto some) {
        float p[some.count];
        load(x + i, p);
        for (float& each : p)
            each = each < 0 ? 0 : each;
        store(y + i, p);
    });
}

// dx = y > 0 ? dy : 0; dx may be dy.
template <typename T> DEVICE void relu_gradient(const T* dy, const T* y, T* dx, int64 count) {
    for_packs<T>(count, [=](int64 i, auto some) {
        float p[some.count], q[some.count];
        load(dy + i, p);
        load(y + i, q);
        for (int k = 0; k < some.count; k++)
            p[k] = q[k] > 0 ? p[k] : 0;
        store(dx + i, p);
    });
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
    for_packs<float>(count, [=](int64 i, auto some) {
        float p[some.count];
        load(x + i, p);
        store(y + i, p);
    });
}
