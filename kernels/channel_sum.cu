// The sum over all pixels of each channel: the gradient of a bias. x: pixels × channels, y: channels float32.
// Bytes: x once; FLOPs: one addition per element. Two stages, so that the sums are made in one fixed order: each block adds a run of
// pixels for a strip of channels, neighbouring threads holding neighbouring channels; then one block per strip adds the runs.
#include "common.cuh"

// Adds what the block's rows of threads hold for the same channels; row 0 gets the totals. Blocks are (columns, rows) threads.
template <int n> DEVICE void add_rows(float (&sums)[n]) {
    __shared__ float shared[256 * n];
    const int columns = threads_x(), at = thread_y() * columns + thread_x();
    for (int k = 0; k < n; k++)
        shared[k * 256 + at] = sums[k];
    for (int rows = threads_y() / 2; rows > 0; rows /= 2) {
        barrier();
        if (thread_y() < rows)
            for (int k = 0; k < n; k++)
                shared[k * 256 + at] += shared[k * 256 + at + rows * columns];
    }
    for (int k = 0; k < n; k++)
        sums[k] = shared[k * 256 + at];
}

// partial: runs × channels. Each thread holds n neighbouring channels; block x is the run, block y the strip.
template <int n, typename T> DEVICE void channel_sum(const T* x, int64 pixels, int channels, float* partial) {
    const int c = (block_y() * threads_x() + thread_x()) * n;
    const int64 first = pixels * block_x() / blocks_x(), past = pixels * (block_x() + 1) / blocks_x();
    float sums[n] = {};
    if (c < channels)
        for (int64 p = first + thread_y(); p < past; p += threads_y()) {
            float values[n];
            load(x + p * channels + c, values);
            for (int k = 0; k < n; k++)
                sums[k] += values[k];
        }
    add_rows(sums);
    if (thread_y() == 0 && c < channels)
        for (int k = 0; k < n; k++)
            partial[(int64)block_x() * channels + c + k] = sums[k];
}

KERNEL(256) channel_sum_f32(const float* __restrict__ x, int64 pixels, int channels, float* __restrict__ partial) {
    channel_sum<4>(x, pixels, channels, partial);
}
KERNEL(256) channel_sum_bf16(const bf16* __restrict__ x, int64 pixels, int channels, float* __restrict__ partial) {
    channel_sum<8>(x, pixels, channels, partial);
}
// For channel counts that 16 bytes do not divide, and for the runs of the first stage.
KERNEL(256) channel_sum_odd_f32(const float* __restrict__ x, int64 pixels, int channels, float* __restrict__ partial) {
    channel_sum<1>(x, pixels, channels, partial);
}
KERNEL(256) channel_sum_odd_bf16(const bf16* __restrict__ x, int64 pixels, int channels, float* __restrict__ partial) {
    channel_sum<1>(x, pixels, channels, partial);
}
