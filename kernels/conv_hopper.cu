// The convolutions of conv.cuh, bfloat16, for compute capability 9.0. Same rows, columns and taps; k goes tap by tap, 64 channels a step, zeros beyond the
// last channel; channels of both maps come in multiples of eight. One warp group gathers the pixels and lets the tensor memory accelerator bring the
// weights; the others multiply.
//
// The weights' map: (source channels, taps, target channels) in boxes of 64 × 1 × BN for convolutions, along k; (target channels, taps, source channels)
// in boxes of 64 × 1 × 64 for transposed ones, across k.
#include "conv.cuh"
#include "hopper.cuh"

// Copies A: rows are pixels, each eight pieces of 16 bytes. A thread serves the same piece of every sixteenth row.
template <typename Tile> struct PixelRows {
    static constexpr int row_step = group_threads / 8, count = Tile::BM / row_step;
    const bf16* x;
    int base[count];    // elements from x to the row's pixel and the thread's piece
    int where[count];   // the row's place in the source: line · 65536 + column
    int shift;          // elements from there to the tap
    uint32 inside;      // a bit per row: whether the tap lies in the map

    DEVICE_MEMBER PixelRows(const Convolution<bf16>& c, const Phase& phase, int first_row) : x(c.x) {
        const int rows = c.images * phase.height * phase.width, thread = thread_x() % group_threads;
#pragma unroll
        for (int i = 0; i < count; i++) {
            const int row = first_row + thread / 8 + i * row_step;
            const int line = row / phase.width, image = line / phase.height;
            const int y = (line - image * phase.height) * c.source_stride_h, x0 = (row - line * phase.width) * c.source_stride_w;
            // A row beyond the last: far outside, and no address of it is far from the map.
            where[i] = row < rows ? y << 16 | x0 : 0x7fff7fff;
            base[i] = row < rows ? ((image * c.source_h + y) * c.source_w + x0) * c.source_c + thread % 8 * 8 : 0;
        }
    }

    DEVICE_MEMBER void choose(const int4& tap, int height, int width) {
        shift = tap.z, inside = 0;
#pragma unroll
        for (int i = 0; i < count; i++)
            inside |= ((uint32)((where[i] >> 16) + tap.x) < (uint32)height && (uint32)((where[i] & 0xffff) + tap.y) < (uint32)width) << i;
    }

    DEVICE_MEMBER void load(uint32 tile, int channel, int channels) const {
        const int thread = thread_x() % group_threads;
        const bool has = channel + thread % 8 * 8 < channels;
#pragma unroll
        for (int i = 0; i < count; i++)
            copy_async(tile + swizzled(thread / 8 + i * row_step, thread % 8), x + base[i] + shift + channel, has && (inside >> i & 1));
    }
};

// Four neighbouring lanes hold two columns each of eight neighbouring columns, four times; afterwards each holds eight neighbouring columns.
DEVICE void gather_columns(float (&v)[4][2]) {
    const int lane = thread_x();
#pragma unroll
    for (int distance = 1; distance <= 2; distance *= 2)
#pragma unroll
        for (int j = 0; j < 4; j++)
            if ((j & distance) == 0)
#pragma unroll
                for (int e = 0; e < 2; e++) {
                    const bool upper = lane & distance;
                    const float received = shuffle_xor(upper ? v[j][e] : v[j + distance][e], distance);
                    v[j][e] = upper ? received : v[j][e];
                    v[j + distance][e] = upper ? v[j + distance][e] : received;
                }
}

// Block x: tiles of the phase's pixels × channels, the channels' tiles neighbours; z: the phase.
template <typename Tile, bool transposed, int fewer, int more> DEVICE void convolve_in_groups(const Convolution<bf16>& c, uint64 weight_map) {
    extern __shared__ __attribute__((aligned(128))) char shared_bytes[];
    asks_shared<Tile::shared_bytes>();
    const Phase phase(c.table, block_z());
    const int rows = c.images * phase.height * phase.width;
    const int column_tiles = (c.target_c + Tile::BN - 1) / Tile::BN;
    const int first_row = block_x() / column_tiles * Tile::BM, first_column = block_x() % column_tiles * Tile::BN;
    if (first_row >= rows)
        return;
    const int in_tap = (c.source_c + row_elements - 1) / row_elements, steps = phase.taps * in_tap;
    const Tile tile(shared_bytes);
    tile.start();
    if (Tile::fetches()) {
        if constexpr (fewer > 0)
            keep_registers<fewer>();
        PixelRows<Tile> pixels(c, phase, first_row);
        const int4* __restrict__ taps = c.table + phase.first_tap;
        int channel = 0, weight_tap = 0;
        tile.fetch(steps, [&](int, uint32 a, uint32 b, uint32 full) {
            if (channel == 0) {
                const int4 tap = *taps++;
                pixels.choose(tap, c.source_h, c.source_w);
                weight_tap = tap.w;
            }
            if (thread_x() % group_threads == 0) {
                arrive_expecting(full, Tile::b_bytes);
                if constexpr (transposed) {
#pragma unroll
                    for (int j = 0; j < Tile::BN; j += row_elements)
                        copy_box(b + j * row_bytes, weight_map, first_column + j, weight_tap, channel, full);
                } else
                    copy_box(b, weight_map, channel, weight_tap, first_column, full);
            }
            pixels.load(a, channel, c.source_c);
            channel += row_elements;
            if (channel >= c.source_c)
                channel = 0;
        });
    } else {
        if constexpr (more > 0)
            take_registers<more>();
        GroupSums<Tile::BN> sums[Tile::each];
        tile.template multiply<false, transposed>(sums, steps);
        const PixelStore<bf16> store{c, phase, first_row, first_column, rows};
        const int lane = thread_x() % 4;
#pragma unroll
        for (int part = 0; part < 2 * Tile::each; part++)
#pragma unroll
            for (int j = 0; j < Tile::BN / 8; j += 4) {
                const float* const c4 = sums[part / 2].c + 4 * j + part % 2 * 2;
                float v[4][2];
#pragma unroll
                for (int k = 0; k < 4; k++)
                    v[k][0] = c4[4 * k], v[k][1] = c4[4 * k + 1];
                gather_columns(v);
                alignas(16) float eight[8];
#pragma unroll
                for (int k = 0; k < 4; k++)
                    eight[2 * k] = v[k][0], eight[2 * k + 1] = v[k][1];
                store.whole(Tile::row(part / 2, part % 2), (j + lane) * 8, eight);
            }
    }
}

#define GROUP_CONVOLUTION(name, Tile, transposed, fewer, more)                                                                                           \
    KERNEL(Tile::threads, Tile::blocks)                                                                                                                 \
    name(const bf16* __restrict__ x, const TensorMap, const float* __restrict__ bias, const bf16* residual, bf16* y,                \
        const int4* __restrict__ table, int images, int source_h, int source_w, int source_c, int target_h, int target_w, int target_c,                 \
        int source_stride_h, int source_stride_w, int target_stride_h, int target_stride_w, int relu) {                                                 \
        uint64 weight_map;                                                                                                                              \
        PARAMETER_ADDRESS(name, 1, weight_map);                                                                                                         \
        convolve_in_groups<Tile, transposed, fewer, more>({x, nullptr, bias, residual, y, nullptr, table, images, source_h, source_w, source_c,         \
            target_h, target_w, target_c, source_stride_h, source_stride_w, target_stride_h, target_stride_w, 0, relu, 1}, weight_map);                 \
    }

// A tile shape; `fewer` and `more` registers of the fetching and of the multiplying threads, where they are not all alike.
#define GROUP_CONVOLUTIONS(shape, groups, each, BN, stages, blocks, fewer, more)                         \
    using tile_##shape = GroupTile<groups, each, BN, stages, blocks>;                                    \
    GROUP_CONVOLUTION(conv_##shape, tile_##shape, false, fewer, more)                                    \
    GROUP_CONVOLUTION(conv_transposed_##shape, tile_##shape, true, fewer, more)

GROUP_CONVOLUTIONS(128x256, 2, 1, 256, 4, 1, 56, 224)
GROUP_CONVOLUTIONS(256x128, 2, 2, 128, 4, 1, 88, 208)
GROUP_CONVOLUTIONS(128x128, 1, 2, 128, 3, 2, 56, 200)
GROUP_CONVOLUTIONS(128x64, 2, 1, 64, 4, 2, 0, 0)
