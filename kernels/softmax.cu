// Softmax over the channels of each pixel, and its gradient. x, y: pixels × classes.
// Bytes: x and y once (gradient: dy, y, dx once); about 12 FLOPs and one exponential per element. Memory-bound, so a pixel is read
// once into registers: by one thread up to 8 classes, by a warp beyond.
#include "softmax.cuh"

template <int classes, typename In, typename Out> DEVICE void softmax(const In* x, Out* y, int64 pixels) {
    for (int64 i = grid_thread(); i < pixels; i += grid_threads()) {
        float p[classes];
        load_pixel(x + i * classes, p);
        softmax_of(p);
        store_pixel(y + i * classes, p);
    }
}

template <typename In, typename Out> DEVICE void softmax_any(const In* x, Out* y, int64 pixels, int classes) {
    for (int64 i = grid_thread() / warp_size; i < pixels; i += grid_threads() / warp_size) {
        float p[classes_per_lane];
        load_pixel_of_warp(x + i * classes, classes, p);
        softmax_of_warp(p);
        store_pixel_of_warp(y + i * classes, classes, p);
    }
}

// dx = y·(dy − Σ dy·y)
template <int classes, typename In, typename Out> DEVICE void softmax_gradient(const In* dy, const In* y, Out* dx, int64 pixels) {
    for (int64 i = grid_thread(); i < pixels; i += grid_threads()) {
        float g[classes], p[classes], dot = 0;
        load_pixel(dy + i * classes, g);
        load_pixel(y + i * classes, p);
        for (int c = 0; c < classes; c++)
            dot += g[c] * p[c];
        for (int c = 0; c < classes; c++)
            g[c] = p[c] * (g[c] - dot);
        store_pixel(dx + i * classes, g);
    }
}

template <typename In, typename Out> DEVICE void softmax_gradient_any(const In* dy, const In* y, Out* dx, int64 pixels, int classes) {
    const int lane = thread_x() % warp_size;
    for (int64 i = (grid_thread() / warp_size) * classes; i < pixels * classes; i += (grid_threads() / warp_size) * classes) {
        float dot = 0;
        for (int c = lane; c < classes; c += warp_size)
            dot += widen(dy[i + c]) * widen(y[i + c]);
        dot = warp_sum(dot);
        for (int c = lane; c < classes; c += warp_size)
            dx[i + c] = narrow<Out>(widen(y[i + c]) * (widen(dy[i + c]) - dot));
    }
}

#define FORWARD(classes, in, In, out, Out) KERNEL(256) softmax_##in##_##out##_##classes(const In* x, Out* y, int64 pixels) { softmax<classes>(x, y, pixels); }
#define GRADIENT(classes, in, In, out, Out) \
    KERNEL(256) softmax_gradient_##in##_##out##_##classes(const In* __restrict__ dy, const In* __restrict__ y, Out* __restrict__ dx, int64 pixels) { \
        softmax_gradient<classes>(dy, y, dx, pixels); }
#define EACH(KIND, in, In, out, Out) \
    KIND(2, in, In, out, Out) KIND(3, in, In, out, Out) KIND(4, in, In, out, Out) KIND(5, in, In, out, Out) KIND(6, in, In, out, Out) \
    KIND(7, in, In, out, Out) KIND(8, in, In, out, Out)
#define FORWARD_ANY(in, In, out, Out) \
    KERNEL(256) softmax_##in##_##out##_any(const In* x, Out* y, int64 pixels, int classes) { softmax_any(x, y, pixels, classes); }
#define GRADIENT_ANY(in, In, out, Out) \
    KERNEL(256) softmax_gradient_##in##_##out##_any(const In* __restrict__ dy, const In* __restrict__ y, Out* __restrict__ dx, int64 pixels, int classes) { \
        softmax_gradient_any(dy, y, dx, pixels, classes); }

EACH(FORWARD, f32, float, f32, float)
EACH(GRADIENT, f32, float, f32, float)
EACH(FORWARD, bf16, bf16, bf16, bf16)
EACH(GRADIENT, bf16, bf16, bf16, bf16)
// Probabilities a person reads are float32 whatever the activations are, and so is their upstream gradient.
EACH(FORWARD, bf16, bf16, f32, float)
EACH(GRADIENT, f32, float, bf16, bf16)
FORWARD_ANY(f32, float, f32, float)
GRADIENT_ANY(f32, float, f32, float)
FORWARD_ANY(bf16, bf16, bf16, bf16)
GRADIENT_ANY(bf16, bf16, bf16, bf16)
FORWARD_ANY(bf16, bf16, f32, float)
GRADIENT_ANY(f32, float, bf16, bf16)
