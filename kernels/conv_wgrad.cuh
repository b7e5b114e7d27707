// The gradient of a convolution with respect to its weight: dweight[o, tap, i] = Σ over target pixels p of dy[p, o] · x[p + tap, i].
//
// Rows: output channels. Columns: (tap, input channel), the channel fastest. k: target pixels. Both operands lie across k in memory, and so in shared
// memory. There are few blocks and many pixels, so the pixels are cut into slices (block z); each slice writes its own sums, and a second kernel adds
// them in order: the result is the same on every run.
//
// FLOPs: 2 · target pixels · target channels · taps · source channels. Bytes at least: x and dy once, the slices' sums written and read, dweight once.
#pragma once
#include "gemm.cuh"

// The table is that of conv.cuh for one phase: two entries of the phase, then per tap {dy, dx, ·, ·}.
template <typename T> struct WeightGradient {
    const T* x;
    const T* dy;
    float* sums;
    const int4* __restrict__ table;
    int images, source_h, source_w, source_c, target_h, target_w, target_c, stride_h, stride_w, taps;
};

// Copies A: rows of k are target pixels, along them output channels.
template <typename T, typename Tile, int threads, bool gather> struct GradientLoader {
    static constexpr int count = Tile::pieces / threads, k_step = threads / Tile::row_pieces, each = elements<T>::per_piece;
    const T* dy;
    int64 pixel, past;
    int first, channels;

    DEVICE_MEMBER GradientLoader(const WeightGradient<T>& g, int first_row, int64 first_pixel, int64 past_pixel) {
        dy = g.dy, channels = g.target_c, past = past_pixel;
        first = first_row + thread_x() % Tile::row_pieces * each;
        pixel = first_pixel + thread_x() / Tile::row_pieces;
    }

    DEVICE_MEMBER void load(char* tile) {
        const int k = thread_x() / Tile::row_pieces, piece = thread_x() % Tile::row_pieces;
#pragma unroll
        for (int i = 0; i < count; i++) {
            const int64 p = pixel + i * k_step;
            const T* from = dy + p * channels + first;
            if constexpr (!gather) {
                copy_async(shared_address(tile) + Tile::at(k + i * k_step, piece), from, p < past && first < channels);
            } else {
                T values[each];
#pragma unroll
                for (int e = 0; e < each; e++)
                    values[e] = p < past && first + e < channels ? from[e] : narrow<T>(0);
                *(uint4*)(tile + Tile::at(k + i * k_step, piece)) = pack(values);
            }
        }
        pixel += elements<T>::per_step;
    }
};

// Copies B: rows of k are target pixels, along them (tap, input channel). Each thread serves the same columns of every step.
template <typename T, typename Tile, int threads, bool gather> struct SourceLoader {
    static constexpr int count = Tile::pieces / threads, k_step = threads / Tile::row_pieces, each = elements<T>::per_piece;
    static constexpr int columns = gather ? each : 1;
    const T* x;
    int64 pixel, past;
    // Of each pixel served: image, row and column in the target.
    int image[count], line[count], place[count];
    int over_images, over_lines, over_places;
    // Of each column served: whether there is such a column, how its source pixel lies to the base pixel, and the channel.
    bool has[columns];
    int dy[columns], dx[columns], channel[columns];
    int target_h, target_w, source_h, source_w, channels, stride_h, stride_w;

    DEVICE_MEMBER SourceLoader(const WeightGradient<T>& g, int first_column, int64 first_pixel, int64 past_pixel) {
        x = g.x, past = past_pixel, target_h = g.target_h, target_w = g.target_w, source_h = g.source_h, source_w = g.source_w;
        channels = g.source_c, stride_h = g.stride_h, stride_w = g.stride_w;
        pixel = first_pixel + thread_x() / Tile::row_pieces;
#pragma unroll
        for (int i = 0; i < count; i++)
            split(pixel + i * k_step, image[i], line[i], place[i]);
        split(elements<T>::per_step, over_images, over_lines, over_places);
#pragma unroll
        for (int e = 0; e < columns; e++) {
            const int column = first_column + thread_x() % Tile::row_pieces * each + e, tap = column / channels;
            has[e] = tap < g.taps;
            // A copy that reads nothing is given an address all the same; it should not be far from the map.
            const int4 entry = has[e] ? g.table[2 + tap] : int4{0, 0, 0, 0};
            dy[e] = entry.x, dx[e] = entry.y, channel[e] = column - tap * channels;
        }
    }

    DEVICE_MEMBER void split(int64 p, int& image, int& line, int& place) const {
        const int64 row = p / target_w;
        place = (int)(p - row * target_w);
        image = (int)(row / target_h);
        line = (int)(row - (int64)image * target_h);
    }

    DEVICE_MEMBER void load(char* tile) {
        const int k = thread_x() / Tile::row_pieces, piece = thread_x() % Tile::row_pieces;
#pragma unroll
        for (int i = 0; i < count; i++) {
            const bool valid = pixel + i * k_step < past;
            T values[each];
#pragma unroll
            for (int e = 0; e < columns; e++) {
                const int v = line[i] * stride_h + dy[e], u = place[i] * stride_w + dx[e];
                const bool inside = valid && has[e] && (uint32)v < (uint32)source_h && (uint32)u < (uint32)source_w;
                const T* from = x + (((int64)image[i] * source_h + v) * source_w + u) * channels + channel[e];
                if constexpr (gather)
                    values[e] = inside ? *from : narrow<T>(0);
                else
                    copy_async(shared_address(tile) + Tile::at(k + i * k_step, piece), from, inside);
            }
            if constexpr (gather)
                *(uint4*)(tile + Tile::at(k + i * k_step, piece)) = pack(values);
            advance(i);
        }
        pixel += elements<T>::per_step;
    }

    // One step further: addition with carries.
    DEVICE_MEMBER void advance(int i) {
        place[i] += over_places, line[i] += over_lines, image[i] += over_images;
        if (place[i] >= target_w)
            place[i] -= target_w, line[i]++;
        if (line[i] >= target_h)
            line[i] -= target_h, image[i]++;
    }
};

// Stores four neighbouring sums of this slice.
struct SumStore {
    float* sums;
    int first_row, first_column, rows, columns;

    DEVICE_MEMBER void operator()(int row_in_block, int column_in_block, const float* four) const {
        const int row = first_row + row_in_block, column = first_column + column_in_block;
        if (row >= rows || column >= columns)
            return;
        float* const to = sums + (int64)row * columns + column;
        if (columns % 4 == 0)
            *(float4*)to = *(const float4*)four;
        else
            for (int e = 0; e < 4; e++)
                if (column + e < columns)
                    to[e] = four[e];
    }
};

// Block x: tiles of output channels × (tap, input channel); z: the slice of pixels.
template <typename Tile, bool gather> DEVICE void weight_gradient(const WeightGradient<typename Tile::T>& g) {
    using T = typename Tile::T;
    extern __shared__ __attribute__((aligned(128))) char shared_bytes[];
    asks_shared<Tile::shared_bytes>();
    const int rows = g.target_c, columns = g.taps * g.source_c;
    const int column_tiles = (columns + Tile::BN - 1) / Tile::BN;
    const int first_row = block_x() / column_tiles * Tile::BM, first_column = block_x() % column_tiles * Tile::BN;
    const int64 pixels = (int64)g.images * g.target_h * g.target_w, all_steps = (pixels + elements<T>::per_step - 1) / elements<T>::per_step;
    const int64 first_step = all_steps * block_z() / blocks_z(), past_step = all_steps * (block_z() + 1) / blocks_z();
    const int64 first_pixel = first_step * elements<T>::per_step;
    GradientLoader<T, typename Tile::TileA, Tile::threads, gather> a(g, first_row, first_pixel, pixels);
    SourceLoader<T, typename Tile::TileB, Tile::threads, gather> b(g, first_column, first_pixel, pixels);
    typename Tile::Sums sums;
    Tile::accumulate(sums, shared_bytes, a, b, (int)(past_step - first_step));
    float* const out = g.sums + block_z() * (int64)rows * columns;
    Tile::template drain<4>(sums, shared_bytes, SumStore{out, first_row, first_column, rows, columns});
}

#define WEIGHT_GRADIENT(shape, T, Sums, BM, BN, stages, gather)                                                                                    \
    using tile_##shape = BlockTile<Sums, AcrossK, AcrossK, BM, BN, stages>;                                                                        \
    KERNEL(tile_##shape::threads)                                                                                                                  \
    conv_wgrad_##shape(const T* __restrict__ x, const T* __restrict__ dy, float* sums, const int4* __restrict__ table, int images, int source_h,   \
        int source_w, int source_c, int target_h, int target_w, int target_c, int stride_h, int stride_w, int taps) {                              \
        weight_gradient<tile_##shape, gather>({x, dy, sums, table, images, source_h, source_w, source_c, target_h, target_w, target_c, stride_h,   \
            stride_w, taps});                                                                                                                      \
    }
