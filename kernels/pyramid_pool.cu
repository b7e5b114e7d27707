// Several poolings of one map in one pass over it (global pyramid pooling), NHWC, and their gradient.
//
// The borders of all windows of all levels cut the map into cells: 10 × 10 for bins 1, 2, 3 and 6 on 64 × 64, because windows of 64/3 and 64/6 overlap by
// a row. Every window is a rectangle of cells. The first kernel sums each cell, reading every pixel that any window holds once; the second adds the cells
// of each window up. In the gradient all pixels of a cell are alike: gathered once, written to all.
//
// Bytes: forward reads x once and writes and reads the cells (float32, 100 of 4096 pixels for the case above) and writes the means; the gradient writes dx
// once and reads the small gradients from the cache. FLOPs: one addition per element of x, and per cell and window.
#include "windows.cuh"

WINDOW_SUMS(pyramid_pool_cells_f32, float, 1, float)
WINDOW_SUMS(pyramid_pool_cells_f32x4, float, 4, float)
WINDOW_SUMS(pyramid_pool_cells_bf16, bf16, 1, float)
WINDOW_SUMS(pyramid_pool_cells_bf16x8, bf16, 8, float)
POOL_GRADIENT(pyramid_pool_gradient_f32, float, 1)
POOL_GRADIENT(pyramid_pool_gradient_f32x4, float, 4)
POOL_GRADIENT(pyramid_pool_gradient_bf16, bf16, 1)
POOL_GRADIENT(pyramid_pool_gradient_bf16x8, bf16, 8)

// One mean of one level: where image 0's goes, how many elements further the next image's, the cells it adds up (rows and columns of cells: first, past),
// and 1/(its pixels).
struct pyramid_mean {
    uint64 y;
    int64 image_stride;
    int row, past_row, column, past_column;
    float scale;
};

// A block owns one tile of channels (block_y) and threads_y() means of all images (block_x); cells is (images, cell_rows, cell_columns, channels).
template <typename T, int V>
DEVICE void means_of_cells(const float* __restrict__ cells, const pyramid_mean* __restrict__ means, int mean_count, int cell_rows, int cell_columns,
    int channels, int images) {
    const int channel = pack_channel<V>(), item = block_x() * threads_y() + thread_y();
    if (channel >= channels || item >= mean_count * images)
        return;
    const int n = item / mean_count;
    const pyramid_mean mean = means[item - n * mean_count];
    pack<V> sum = fill_pack<V>(0);
    for (int v = mean.row; v < mean.past_row; v++) {
        const float* row = cells + ((int64)n * cell_rows + v) * cell_columns * channels + channel;
#pragma unroll 4
        for (int u = mean.column; u < mean.past_column; u++)
            add_scaled(sum, 1, load_pack<V>(row + (int64)u * channels));
    }
#pragma unroll
    for (int i = 0; i < V; i++)
        sum.at[i] *= mean.scale;
    store_pack<V>(reinterpret_cast<T*>(mean.y) + n * mean.image_stride + channel, sum);
}

#define PYRAMID_MEANS(name, T, V)                                                                                                                           \
    KERNEL(256) name(const float* __restrict__ cells, const pyramid_mean* __restrict__ means, int mean_count, int cell_rows, int cell_columns, int channels, \
        int images) {                                                                                                                                       \
        means_of_cells<T, V>(cells, means, mean_count, cell_rows, cell_columns, channels, images);                                                          \
    }
PYRAMID_MEANS(pyramid_pool_means_f32, float, 1)
PYRAMID_MEANS(pyramid_pool_means_f32x4, float, 4)
PYRAMID_MEANS(pyramid_pool_means_bf16, bf16, 1)
PYRAMID_MEANS(pyramid_pool_means_bf16x8, bf16, 8)
