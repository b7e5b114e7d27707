// Weighted sums over rectangular windows of each plane, and their gradient: what pooling, pyramid pooling and the gradient of resizing have in common.
//
// Windows are the product of a window over rows and one over columns, given in two tables; so are the weights. A block owns the runs of channels of one
// tile (block_y) and a few windows; `lanes` neighbours along thread_y() share the pixels of one window and add their sums through shared memory in a
// fixed order. A window with too few others beside it to fill the GPU is cut into slices (block_z) whose sums a second kernel adds, in order too.
#pragma once
#include "packs.cuh"

// The positions first … first + count − 1 along one axis; the weight of the k-th is weights[weight + k].
struct window { int first, count, weight; };

// Σ rows' weight · columns' weight · x over each window → y (outputs, channels), or, with several slices, each slice's part → parts (slices, outputs,
// channels).
template <typename T, int V, typename R>
DEVICE void window_sums(const T* __restrict__ x, const window* __restrict__ rows, const window* __restrict__ columns, const float* __restrict__ weights,
    R* __restrict__ y, float* __restrict__ parts, int height, int width, int out_height, int out_width, int channels, int outputs, int lanes) {
    const int channel = pack_channel<V>();
    const int lane = thread_y() & (lanes - 1), output = block_x() * (threads_y() / lanes) + thread_y() / lanes;
    const bool live = channel < channels && output < outputs;
    pack<V> sum = fill_pack<V>(0);
    if (live) {
        const int j = output % out_width, i = output / out_width % out_height, n = output / out_width / out_height;
        const window row = rows[i], column = columns[j];
        const int own = block_z() * lanes + lane, step = blocks_z() * lanes, area = row.count * column.count;
        const T* plane = x + (((int64)n * height + row.first) * width + column.first) * channels + channel;
        if (own < area) {
            const int down = step / column.count, right = step - down * column.count, steps = (area - own + step - 1) / step;
            int v = own / column.count, u = own - v * column.count;
#pragma unroll 4
            for (int s = 0; s < steps; s++) {
                add_scaled(sum, weights[row.weight + v] * weights[column.weight + u], load_pack<V>(plane + ((int64)v * width + u) * channels));
                u += right;
                v += down;
                if (u >= column.count)
                    u -= column.count, v++;
            }
        }
    }
    sum_lanes(sum, lanes);
    if (lane == 0 && live) {
        const int64 at = (int64)output * channels + channel;
        if (blocks_z() == 1)
            store_pack<V>(y + at, sum);
        else
            store_pack<V>(parts + (int64)block_z() * outputs * channels + at, sum);
    }
}

// y = Σ parts over the slices; count is the number of elements of y.
template <typename T> DEVICE void window_totals(const float* __restrict__ parts, T* __restrict__ y, int slices, int64 count) {
    for (int64 i = grid_thread(); i < count; i += grid_threads()) {
        float sum = parts[i];
        for (int s = 1; s < slices; s++)
            sum += parts[s * count + i];
        y[i] = narrow<T>(sum);
    }
}

#define WINDOW_SUMS(name, T, V, R)                                                                                                                    \
    KERNEL(256) name(const T* __restrict__ x, const window* __restrict__ rows, const window* __restrict__ columns, const float* __restrict__ weights, \
        R* __restrict__ y, float* __restrict__ parts, int height, int width, int out_height, int out_width, int channels, int outputs, int lanes) {    \
        window_sums<T, V, R>(x, rows, columns, weights, y, parts, height, width, out_height, out_width, channels, outputs, lanes);                    \
    }
#define WINDOW_TOTALS(name, T) \
    KERNEL(256) name(const float* __restrict__ parts, T* __restrict__ y, int slices, int64 count) { window_totals(parts, y, slices, count); }

// One pooling of several over the same map: its gradient (n, rows, columns, channels) and where its windows' inverse lengths stand.
struct pool_level {
    uint64 dy;
    int rows, columns, first_row, first_column;
};

// dx of means over windows, one level or several. The map falls into cells, products of segments of rows and columns between the windows' borders, and all
// pixels of a cell lie in the same windows: a thread gathers a cell's gradient once and writes it to its share of the cell's pixels. A segment is
// first, past, then per level the windows that hold it: first, past.
template <typename T, int V>
DEVICE void pool_gradient(const pool_level* __restrict__ levels, const int* __restrict__ rows, const int* __restrict__ columns,
    const float* __restrict__ inverses, T* __restrict__ dx, int level_count, int height, int width, int row_segments, int column_segments, int channels,
    int cells, int lanes) {
    const int channel = pack_channel<V>();
    const int lane = thread_y() & (lanes - 1), cell = block_x() * (threads_y() / lanes) + thread_y() / lanes;
    if (channel >= channels || cell >= cells)
        return;
    const int n = cell / column_segments / row_segments, entry = 2 + 2 * level_count;
    const int* row = rows + cell / column_segments % row_segments * entry;
    const int* column = columns + cell % column_segments * entry;
    pack<V> sum = fill_pack<V>(0);
    for (int l = 0; l < level_count; l++) {
        const pool_level level = levels[l];
        const T* dy = reinterpret_cast<const T*>(level.dy) + channel;
        for (int i = row[2 + 2 * l]; i < row[3 + 2 * l]; i++)
            for (int j = column[2 + 2 * l]; j < column[3 + 2 * l]; j++)
                add_scaled(sum, inverses[level.first_row + i] * inverses[level.first_column + j],
                    load_pack<V>(dy + (((int64)n * level.rows + i) * level.columns + j) * channels));
    }
    const int high = row[1] - row[0], wide = column[1] - column[0];
    T* corner = dx + (((int64)n * height + row[0]) * width + column[0]) * channels + channel;
    for (int k = lane; k < high * wide; k += lanes)
        store_pack<V>(corner + ((int64)(k / wide) * width + k % wide) * channels, sum);
}

#define POOL_GRADIENT(name, T, V)                                                                                                                    \
    KERNEL(256) name(const pool_level* __restrict__ levels, const int* __restrict__ rows, const int* __restrict__ columns,                            \
        const float* __restrict__ inverses, T* __restrict__ dx, int level_count, int height, int width, int row_segments, int column_segments,        \
        int channels, int cells, int lanes) {                                                                                                         \
        pool_gradient<T, V>(levels, rows, columns, inverses, dx, level_count, height, width, row_segments, column_segments, channels, cells, lanes);  \
    }
