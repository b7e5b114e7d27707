// Softmax of one pixel, as the softmax kernels and the loss use it. Two shapes: up to 8 classes a thread holds the whole pixel in
// registers; beyond that a warp shares a pixel, lane l holding the classes l, l + 32, ….
#pragma once
#include "common.cuh"

constexpr int most_classes = 256;
constexpr int classes_per_lane = most_classes / warp_size;

// The pixel's numbers. Its address is a multiple of its size as far as that is a power of two, which lets the compiler take it in one piece.
template <int classes, typename T> DEVICE void load_pixel(const T* x, float (&p)[classes]) {
    constexpr int bytes = classes * sizeof(T), lowest_bit = bytes & -bytes;
    const T* aligned = static_cast<const T*>(__builtin_assume_aligned(x, lowest_bit < 16 ? lowest_bit : 16));
    for (int c = 0; c < classes; c++)
        p[c] = widen(aligned[c]);
}
template <int classes, typename T> DEVICE void store_pixel(T* y, const float (&p)[classes]) {
    constexpr int bytes = classes * sizeof(T), lowest_bit = bytes & -bytes;
    T* aligned = static_cast<T*>(__builtin_assume_aligned(y, lowest_bit < 16 ? lowest_bit : 16));
    for (int c = 0; c < classes; c++)
        aligned[c] = narrow<T>(p[c]);
}

// log Σ exp(x) = largest + log1p(rest): with the largest term's 1 left out of the sum, nothing is lost where that class is all but certain.
struct log_sum {
    float largest, rest;
};

// Turns a thread's pixel into probabilities.
template <int classes> DEVICE log_sum softmax_of(float (&p)[classes]) {
    float largest = p[0];
    int first = 0;
    for (int c = 1; c < classes; c++) {
        const bool larger = p[c] > largest;
        first = larger ? c : first;
        largest = larger ? p[c] : largest;
    }
    float rest = 0;
    for (int c = 0; c < classes; c++) {
        p[c] = exp_of(p[c] - largest);
        rest += c == first ? 0 : p[c];
    }
    const float inverse = 1 / (1 + rest);
    for (int c = 0; c < classes; c++)
        p[c] *= inverse;
    return {largest, rest};
}

// A warp's pixel: lane l's p[k] is class l + 32k, −∞ beyond the last class.
template <typename T> DEVICE void load_pixel_of_warp(const T* x, int classes, float (&p)[classes_per_lane]) {
    const int lane = thread_x() % warp_size;
    for (int k = 0; k < classes_per_lane; k++)
        p[k] = lane + k * warp_size < classes ? widen(x[lane + k * warp_size]) : -__builtin_inff();
}
template <typename T> DEVICE void store_pixel_of_warp(T* y, int classes, const float (&p)[classes_per_lane]) {
    const int lane = thread_x() % warp_size;
    for (int k = 0; k < classes_per_lane; k++)
        if (lane + k * warp_size < classes)
            y[lane + k * warp_size] = narrow<T>(p[k]);
}

// Turns a warp's pixel into probabilities, 0 beyond the last class.
DEVICE log_sum softmax_of_warp(float (&p)[classes_per_lane]) {
    const int lane = thread_x() % warp_size;
    float largest = p[0];
    for (int k = 1; k < classes_per_lane; k++)
        largest = max_of(largest, p[k]);
    largest = warp_max(largest);
    // The lowest class that has the largest number, negated so that it is a maximum.
    float first = -most_classes;
    for (int k = classes_per_lane - 1; k >= 0; k--)
        first = p[k] == largest ? -(float)(lane + k * warp_size) : first;
    first = -warp_max(first);
    float rest = 0;
    for (int k = 0; k < classes_per_lane; k++) {
        p[k] = exp_of(p[k] - largest);
        rest += (float)(lane + k * warp_size) == first ? 0 : p[k];
    }
    rest = warp_sum(rest);
    const float inverse = 1 / (1 + rest);
    for (int k = 0; k < classes_per_lane; k++)
        p[k] *= inverse;
    return {largest, rest};
}
