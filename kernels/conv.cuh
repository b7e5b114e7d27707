// Convolution and transposed convolution as one implicit matrix product over a table of taps.
//
// Rows: target pixels of one phase (a convolution has one phase, the whole map; a transposed one of stride s has s², each with its own taps and none
// that multiplies zeros). Columns: target channels. k: (tap, source channel), the channel fastest. A is gathered from the NHWC map straight into
// shared memory, zeros where a tap lies outside; B is the weight, (O, taps, I): along k for a convolution, across k for a transposed one.
//
// Where there are few pixels and k is long, k is cut into slices; each writes its own sums, and a second kernel adds them in order.
//
// FLOPs: 2 · target pixels · target channels · taps · source channels. Bytes at least: source + weight + target (+ residual) once; each column of
// blocks reads the source again, from the second-level cache as blocks next to each other share their rows of A.
#pragma once
#include "gemm.cuh"

// What a block of a convolution works on. The table holds per phase {first row, first column, height, width} {first tap, taps, 0, 0}, then per tap
// {dy, dx, elements from the base pixel to the source pixel, index in the kernel}.
template <typename T> struct Convolution {
    const T* x;
    const T* weight;
    const float* bias;
    const T* residual;
    T* y;
    float* sums;
    const int4* __restrict__ table;
    int images, source_h, source_w, source_c, target_h, target_w, target_c;
    int source_stride_h, source_stride_w, target_stride_h, target_stride_w, kernel_taps;
    int relu, slices;
};

// One phase, and where in it this block is.
struct Phase {
    int offset_y, offset_x, height, width, first_tap, taps;

    // The target pixel of a row of the product.
    template <typename T> DEVICE_MEMBER int64 pixel(const Convolution<T>& c, int row) const {
        if (c.target_stride_h == 1 && c.target_stride_w == 1)
            return row;
        const int line = row / width, image = line / height;
        return ((int64)image * c.target_h + (line - image * height) * c.target_stride_h + offset_y) * c.target_w
            + (row - line * width) * c.target_stride_w + offset_x;
    }

    DEVICE_MEMBER Phase(const int4* __restrict__ table, int index) {
        const int4 where = table[2 * index], what = table[2 * index + 1];
        offset_y = where.x, offset_x = where.y, height = where.z, width = where.w, first_tap = what.x, taps = what.y;
    }
};

// A place in k: a tap and a channel of it.
struct Place {
    int tap, channel;
    int4 entry;

    // `table` begins at the phase's first tap.
    DEVICE_MEMBER void start(int k, int channels, int taps, const int4* __restrict__ table) {
        tap = k / channels, channel = k % channels;
        read(taps, table);
    }
    // Moves on by `whole` taps and `rest` channels.
    DEVICE_MEMBER void advance(int whole, int rest, int channels, int taps, const int4* __restrict__ table) {
        const int before = tap;
        tap += whole, channel += rest;
        if (channel >= channels)
            channel -= channels, tap++;
        if (tap != before)
            read(taps, table);
    }
    // Beyond the last tap: a row that no map has.
    DEVICE_MEMBER void read(int taps, const int4* __restrict__ table) { entry = tap < taps ? table[tap] : int4{-1 << 30, 0, 0, 0}; }
};

// Copies A: rows are pixels, along k. Each thread serves the same rows and the same piece of every step.
template <typename T, typename Tile, int threads, bool gather> struct PixelLoader {
    static constexpr int count = Tile::pieces / threads, row_step = threads / 4, each = elements<T>::per_piece;
    const T* x;
    const int4* __restrict__ taps_table;
    int64 base[count];
    int y[count], x0[count];
    Place place;
    int height, width, channels, taps, whole, rest;

    DEVICE_MEMBER PixelLoader(const Convolution<T>& c, const Phase& phase, int first_row, int first_k) {
        x = c.x, taps_table = c.table + phase.first_tap;
        height = c.source_h, width = c.source_w, channels = c.source_c, taps = phase.taps;
        const int rows = c.images * phase.height * phase.width;
#pragma unroll
        for (int i = 0; i < count; i++) {
            const int row = first_row + thread_x() / 4 + i * row_step;
            const int line = row / phase.width, image = line / phase.height;
            // A row beyond the last: outside of every map.
            y[i] = row < rows ? (line - image * phase.height) * c.source_stride_h : -1 << 29;
            x0[i] = (row - line * phase.width) * c.source_stride_w;
            // Copies that read nothing are given addresses all the same; none should be far from the map.
            base[i] = row < rows ? (((int64)image * height + y[i]) * width + x0[i]) * channels : 0;
        }
        whole = elements<T>::per_step / channels, rest = elements<T>::per_step % channels;
        place.start(first_k + thread_x() % 4 * each, channels, taps, taps_table);
    }

    DEVICE_MEMBER bool inside(int i, const int4& entry) const {
        return (uint32)(y[i] + entry.x) < (uint32)height && (uint32)(x0[i] + entry.y) < (uint32)width;
    }

    DEVICE_MEMBER void load(char* tile) {
        const int row = thread_x() / 4, piece = thread_x() % 4;
        if constexpr (!gather) {
            const uint32 to = shared_address(tile);
#pragma unroll
            for (int i = 0; i < count; i++)
                copy_async(to + Tile::at(row + i * row_step, piece), x + base[i] + place.entry.z + place.channel, inside(i, place.entry));
        } else {
            T values[count][each];
            Place one = place;
#pragma unroll
            for (int e = 0; e < each; e++) {
#pragma unroll
                for (int i = 0; i < count; i++)
                    values[i][e] = inside(i, one.entry) ? x[base[i] + one.entry.z + one.channel] : narrow<T>(0);
                one.advance(0, 1, channels, taps, taps_table);
            }
#pragma unroll
            for (int i = 0; i < count; i++)
                *(uint4*)(tile + Tile::at(row + i * row_step, piece)) = pack(values[i]);
        }
        place.advance(whole, rest, channels, taps, taps_table);
    }
};

// Copies B of a convolution, weight (O, taps, I): rows are output channels, along k.
template <typename T, typename Tile, int threads, bool gather> struct WeightAlongLoader {
    static constexpr int count = Tile::pieces / threads, row_step = threads / 4, each = elements<T>::per_piece;
    const T* weight;
    const int4* __restrict__ taps_table;
    Place place;
    int first, outputs, channels, taps, whole, rest;
    int64 row_elements;

    DEVICE_MEMBER WeightAlongLoader(const Convolution<T>& c, const Phase& phase, int first_column, int first_k) {
        first = first_column, outputs = c.target_c, channels = c.source_c, taps = phase.taps;
        taps_table = c.table + phase.first_tap;
        row_elements = (int64)c.kernel_taps * channels;
        weight = c.weight;
        whole = elements<T>::per_step / channels, rest = elements<T>::per_step % channels;
        place.start(first_k + thread_x() % 4 * each, channels, taps, taps_table);
    }

    DEVICE_MEMBER void load(char* tile) {
        const int row = thread_x() / 4, piece = thread_x() % 4;
        if constexpr (!gather) {
            const uint32 to = shared_address(tile);
#pragma unroll
            for (int i = 0; i < count; i++) {
                const int output = first + row + i * row_step;
                copy_async(to + Tile::at(row + i * row_step, piece), weight + output * row_elements + place.entry.w * channels + place.channel,
                    output < outputs && place.tap < taps);
            }
        } else {
            T values[count][each];
            Place one = place;
#pragma unroll
            for (int e = 0; e < each; e++) {
#pragma unroll
                for (int i = 0; i < count; i++) {
                    const int output = first + row + i * row_step;
                    values[i][e] = output < outputs && one.tap < taps ? weight[output * row_elements + one.entry.w * channels + one.channel] : narrow<T>(0);
                }
                one.advance(0, 1, channels, taps, taps_table);
            }
#pragma unroll
            for (int i = 0; i < count; i++)
                *(uint4*)(tile + Tile::at(row + i * row_step, piece)) = pack(values[i]);
        }
        place.advance(whole, rest, channels, taps, taps_table);
    }
};

// Copies B of a transposed convolution, weight (source channels, taps, target channels): across k.
template <typename T, typename Tile, int threads, bool gather> struct WeightAcrossLoader {
    static constexpr int count = Tile::pieces / threads, k_step = threads / Tile::row_pieces, each = elements<T>::per_piece;
    const T* weight;
    const int4* __restrict__ taps_table;
    Place place[count];
    int first, outputs, channels, taps, whole, rest;
    int64 k_elements;

    DEVICE_MEMBER WeightAcrossLoader(const Convolution<T>& c, const Phase& phase, int first_column, int first_k) {
        first = first_column + thread_x() % Tile::row_pieces * each, outputs = c.target_c, channels = c.source_c, taps = phase.taps;
        taps_table = c.table + phase.first_tap;
        k_elements = (int64)c.kernel_taps * outputs;
        weight = c.weight;
        whole = elements<T>::per_step / channels, rest = elements<T>::per_step % channels;
#pragma unroll
        for (int i = 0; i < count; i++)
            place[i].start(first_k + thread_x() / Tile::row_pieces + i * k_step, channels, taps, taps_table);
    }

    DEVICE_MEMBER void load(char* tile) {
        const int k = thread_x() / Tile::row_pieces, piece = thread_x() % Tile::row_pieces;
#pragma unroll
        for (int i = 0; i < count; i++) {
            const T* from = weight + place[i].channel * k_elements + place[i].entry.w * outputs + first;
            const bool valid = place[i].tap < taps;
            if constexpr (!gather) {
                copy_async(shared_address(tile) + Tile::at(k + i * k_step, piece), from, valid && first < outputs);
            } else {
                T values[each];
#pragma unroll
                for (int e = 0; e < each; e++)
                    values[e] = valid && first + e < outputs ? from[e] : narrow<T>(0);
                *(uint4*)(tile + Tile::at(k + i * k_step, piece)) = pack(values);
            }
            place[i].advance(whole, rest, channels, taps, taps_table);
        }
    }
};

// Adds bias and residual to the sums, applies the ReLU, rounds and stores.
template <typename T> struct PixelStore {
    static constexpr int each = elements<T>::per_piece, count = each;
    const Convolution<T>& c;
    const Phase& phase;
    int first_row, first_column, rows;

    DEVICE_MEMBER void operator()(int row_in_block, int column_in_block, const float* sums) const {
        const int row = first_row + row_in_block, column = first_column + column_in_block;
        if (row >= rows || column >= c.target_c)
            return;
        const int64 at = phase.pixel(c, row) * c.target_c + column;
        if (c.target_c % each == 0) {
            store_piece(at, column, sums);
        } else {
#pragma unroll
            for (int e = 0; e < each; e++)
                if (column + e < c.target_c)
                    c.y[at + e] = finish(c.bias ? sums[e] + c.bias[column + e] : sums[e], c.residual ? c.residual[at + e] : narrow<T>(0));
        }
    }

    // The same where channels are a multiple of a piece.
    DEVICE_MEMBER void whole(int row_in_block, int column_in_block, const float* sums) const {
        const int row = first_row + row_in_block, column = first_column + column_in_block;
        if (row < rows && column < c.target_c)
            store_piece(phase.pixel(c, row) * c.target_c + column, column, sums);
    }

    DEVICE_MEMBER void store_piece(int64 at, int column, const float* sums) const {
        T results[each], added[each];
        if (c.residual)
            unpack(*(const uint4*)(c.residual + at), added);
#pragma unroll
        for (int e = 0; e < each; e += 4) {
            float4 four = *(const float4*)(sums + e);
            if (c.bias)
                four += *(const float4*)(c.bias + column + e);
#pragma unroll
            for (int i = 0; i < 4; i++)
                results[e + i] = finish(four[i], added[e + i]);
        }
        *(uint4*)(c.y + at) = pack(results);
    }

    DEVICE_MEMBER T finish(float sum, T added) const {
        if (c.residual)
            sum += widen(added);
        // A NaN stays one.
        return narrow<T>(c.relu && sum < 0 ? 0.0f : sum);
    }
};

// Stores four neighbouring sums of one slice as they are, (slices, target pixels, channels); channels are a multiple of four.
template <typename T> struct SliceStore {
    static constexpr int count = 4;
    const Convolution<T>& c;
    const Phase& phase;
    int first_row, first_column, rows;

    DEVICE_MEMBER void operator()(int row_in_block, int column_in_block, const float* sums) const {
        const int row = first_row + row_in_block, column = first_column + column_in_block;
        if (row >= rows || column >= c.target_c)
            return;
        const int64 pixels = (int64)c.images * c.target_h * c.target_w;
        *(float4*)(c.sums + (block_z() % c.slices * pixels + phase.pixel(c, row)) * c.target_c + column) = *(const float4*)sums;
    }
};

// Block x: tiles of the phase's pixels × channels, the channels' tiles neighbours; z: phase and slice of k, the slice faster.
template <typename Tile, template <typename, typename, int, bool> typename WeightLoader, template <typename> typename Store, bool gather>
DEVICE void convolve(const Convolution<typename Tile::T>& c) {
    using T = typename Tile::T;
    extern __shared__ __attribute__((aligned(128))) char shared_bytes[];
    asks_shared<Tile::shared_bytes>();
    const int slice = block_z() % c.slices;
    const Phase phase(c.table, block_z() / c.slices);
    const int rows = c.images * phase.height * phase.width;
    const int column_tiles = (c.target_c + Tile::BN - 1) / Tile::BN;
    const int first_row = block_x() / column_tiles * Tile::BM, first_column = block_x() % column_tiles * Tile::BN;
    if (first_row >= rows)
        return;
    const int all_steps = (phase.taps * c.source_c + elements<T>::per_step - 1) / elements<T>::per_step;
    const int first_step = (int64)all_steps * slice / c.slices, past_step = (int64)all_steps * (slice + 1) / c.slices;
    PixelLoader<T, typename Tile::TileA, Tile::threads, gather> a(c, phase, first_row, first_step * elements<T>::per_step);
    WeightLoader<T, typename Tile::TileB, Tile::threads, gather> b(c, phase, first_column, first_step * elements<T>::per_step);
    typename Tile::Sums sums;
    Tile::accumulate(sums, shared_bytes, a, b, past_step - first_step);
    Tile::template drain<Store<T>::count>(sums, shared_bytes, Store<T>{c, phase, first_row, first_column, rows});
}

#define CONVOLUTION(name, T, Tile, WeightLoader, Store, gather)                                                                                          \
    KERNEL(Tile::threads)                                                                                                                               \
    name(const T* __restrict__ x, const T* __restrict__ weight, const float* __restrict__ bias, const T* residual, T* y, float* sums,                   \
        const int4* __restrict__ table, int images, int source_h, int source_w, int source_c, int target_h, int target_w, int target_c,                 \
        int source_stride_h, int source_stride_w, int target_stride_h, int target_stride_w, int kernel_taps, int relu, int slices) {                    \
        convolve<Tile, WeightLoader, Store, gather>({x, weight, bias, residual, y, sums, table, images, source_h, source_w, source_c, target_h,         \
            target_w, target_c, source_stride_h, source_stride_w, target_stride_h, target_stride_w, kernel_taps, relu, slices});                        \
    }

// One tile shape, for convolutions (weights along k) and transposed ones (across k).
#define CONVOLUTIONS(shape, T, Sums, BM, BN, stages, gather)                                             \
    using along_##shape = BlockTile<Sums, AlongK, AlongK, BM, BN, stages>;                               \
    using across_##shape = BlockTile<Sums, AlongK, AcrossK, BM, BN, stages>;                             \
    CONVOLUTION(conv_##shape, T, along_##shape, WeightAlongLoader, PixelStore, gather)                   \
    CONVOLUTION(conv_transposed_##shape, T, across_##shape, WeightAcrossLoader, PixelStore, gather)

// The same for slices of k, where there are few pixels: conv_finish adds the slices.
#define SPLIT_CONVOLUTIONS(shape)                                                                        \
    CONVOLUTION(conv_split_##shape, along_##shape::T, along_##shape, WeightAlongLoader, SliceStore, false) \
    CONVOLUTION(conv_transposed_split_##shape, across_##shape::T, across_##shape, WeightAcrossLoader, SliceStore, false)
