// The weight gradients of conv_wgrad.cuh, bfloat16, for compute capability 9.0. Rows are output channels, columns go tap by tap, 64 input channels at a
// time, zeros beyond the last; k goes 64 pixels a step. Both operands lie across k. One warp group gathers x and lets the tensor memory accelerator
// bring dy, whose map is (output channels, pixels, 1) in boxes of 64 × 64 × 1; the others multiply.
#include "conv_wgrad.cuh"
#include "hopper.cuh"

// Copies B: rows are pixels; each of the block's columns' 64-channel pieces is a tile of its own. A thread serves eight channels of every sixteenth pixel.
template <typename Tile> struct SourceRows {
    static constexpr int row_step = group_threads / 8, count = 64 / row_step, pieces = Tile::BN / 64;
    const bf16* x;
    int64 pixel, past;
    int dy[pieces], dx[pieces], shift[pieces];
    bool has[pieces];

    DEVICE_MEMBER SourceRows(const WeightGradient<bf16>& g, int first_piece, int in_tap, int64 first_pixel, int64 past_pixel)
        : x(g.x), pixel(first_pixel + thread_x() % group_threads / 8), past(past_pixel) {
#pragma unroll
        for (int c = 0; c < pieces; c++) {
            const int tap = (first_piece + c) / in_tap, channel = (first_piece + c) % in_tap * 64 + thread_x() % 8 * 8;
            has[c] = tap < g.taps && channel < g.source_c;
            const int4 entry = has[c] ? g.table[2 + tap] : int4{0, 0, 0, 0};
            dy[c] = entry.x, dx[c] = entry.y, shift[c] = has[c] ? entry.z + channel : 0;
        }
    }

    DEVICE_MEMBER void load(const WeightGradient<bf16>& g, uint32 tile) {
        const int row = thread_x() % group_threads / 8, piece = thread_x() % 8;
#pragma unroll
        for (int i = 0; i < count; i++) {
            const int64 p = pixel + i * row_step;
            const int line = (int)(p / g.target_w), image = line / g.target_h;
            const int y = (line - image * g.target_h) * g.stride_h, u = (int)(p - (int64)line * g.target_w) * g.stride_w;
            const bool valid = p < past;
            const int base = valid ? ((image * g.source_h + y) * g.source_w + u) * g.source_c : 0;
#pragma unroll
            for (int c = 0; c < pieces; c++)
                copy_async(tile + c * (64 * row_bytes) + swizzled(row + i * row_step, piece), x + base + shift[c],
                    valid && has[c] && (uint32)(y + dy[c]) < (uint32)g.source_h && (uint32)(u + dx[c]) < (uint32)g.source_w);
        }
        pixel += 64;
    }
};

// Block x: tiles of output channels × pieces of columns; z: the slice of pixels.
template <typename Tile, int fewer, int more> DEVICE void weight_gradient_in_groups(const WeightGradient<bf16>& g, uint64 dy_map) {
    extern __shared__ __attribute__((aligned(128))) char shared_bytes[];
    asks_shared<Tile::shared_bytes>();
    constexpr int pieces = Tile::BN / 64;
    const int in_tap = (g.source_c + 63) / 64, column_tiles = (g.taps * in_tap + pieces - 1) / pieces;
    const int first_row = block_x() / column_tiles * Tile::BM, first_piece = block_x() % column_tiles * pieces;
    const int64 pixels = (int64)g.images * g.target_h * g.target_w, all_steps = (pixels + 63) / 64;
    const int64 first_step = all_steps * block_z() / blocks_z(), past_step = all_steps * (block_z() + 1) / blocks_z();
    const int steps = (int)(past_step - first_step);
    const Tile tile(shared_bytes);
    tile.start();
    if (Tile::fetches()) {
        keep_registers<fewer>();
        SourceRows<Tile> source(g, first_piece, in_tap, first_step * 64, pixels);
        tile.fetch(steps, [&](int step, uint32 a, uint32 b, uint32 full) {
            if (thread_x() % group_threads == 0) {
                arrive_expecting(full, Tile::a_bytes);
#pragma unroll
                for (int i = 0; i < Tile::BM; i += 64)
                    copy_box(a + i * row_bytes, dy_map, first_row + i, (int)(first_step + step) * 64, 0, full);
            }
            source.load(g, b);
        });
    } else {
        take_registers<more>();
        GroupSums<Tile::BN> sums[Tile::each];
        tile.template multiply<true, true>(sums, steps);
        float* const out = g.sums + block_z() * (int64)g.target_c * g.taps * g.source_c;
#pragma unroll
        for (int part = 0; part < 2 * Tile::each; part++) {
            const int row = first_row + Tile::row(part / 2, part % 2);
            if (row < g.target_c)
#pragma unroll
                for (int c = 0; c < pieces; c++) {
                    const int tap = (first_piece + c) / in_tap, channels = (first_piece + c) % in_tap * 64 + thread_x() % 4 * 2;
                    float* const to = out + ((int64)row * g.taps + tap) * g.source_c + channels;
                    if (tap < g.taps)
#pragma unroll
                        for (int j = 0; j < 8; j++)
                            if (channels + 8 * j < g.source_c) {
                                const float* const c2 = sums[part / 2].c + 4 * (c * 8 + j) + part % 2 * 2;
                                *(float2*)(to + 8 * j) = float2{c2[0], c2[1]};
                            }
                }
        }
    }
}

#define GROUP_WEIGHT_GRADIENT(shape, groups, each, BN, stages, blocks, fewer, more)                                                                   \
    using tile_##shape = GroupTile<groups, each, BN, stages, blocks>;                                                                                 \
    KERNEL(tile_##shape::threads, blocks)                                                                                                             \
    conv_wgrad_##shape(const bf16* __restrict__ x, const TensorMap, float* sums, const int4* __restrict__ table, int images,          \
        int source_h, int source_w, int source_c, int target_h, int target_w, int target_c, int stride_h, int stride_w, int taps) {                   \
        uint64 dy_map;                                                                                                                                \
        PARAMETER_ADDRESS(conv_wgrad_##shape, 1, dy_map);                                                                                             \
        weight_gradient_in_groups<tile_##shape, fewer, more>({x, nullptr, sums, table, images, source_h, source_w, source_c, target_h, target_w,      \
            target_c, stride_h, stride_w, taps}, dy_map);                                                                                             \
    }

GROUP_WEIGHT_GRADIENT(128x256, 2, 1, 256, 4, 1, 88, 208)
GROUP_WEIGHT_GRADIENT(128x128, 1, 2, 128, 3, 2, 72, 184)
GROUP_WEIGHT_GRADIENT(64x128, 1, 1, 128, 4, 2, 88, 168)
