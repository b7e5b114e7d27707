// The weight gradients of a global information convolution network (GICN, Qin et al. 2018): of a 1×k and of a k×1 kernel at once, from bfloat16 maps
// with float32 sums on tensor cores. Channels are multiples of 8; k is odd, 1 … 15.
//
// drow[t, o, i] = Σ over pixels of dy_row[y, x, o] · row_source[y, x + t − k/2, i], dcolumn the same downwards; weights (target o, tap t, source i).
// split: both kernels read one map x, which is fetched once, and have a dy each. joined: they read a map each and share dy, which is fetched once.
//
// FLOPs: 2 · pixels · 2k · S · T. Bytes at least: split (S + 2T) · 2 · pixels, joined (2S + T) · 2 · pixels, and 8k · S · T of gradients. Two library
// calls read the shared map twice.
//
// A block owns some source and 32 target channels and a run of tiles of 8×16 pixels; the sum over pixels is the product's inner dimension. While one tile
// is multiplied the next one's cross of source pixels and its dy are copied. Half of the warps have taps of the 1×k kernel, half of the k×1 kernel. Blocks
// of the same channels write their sums `stride` apart; cross_weight_sum adds them in order.
#pragma once
#include "gicn.cuh"

constexpr int tile_rows = 8;
// Target channels of a block.
constexpr int side = 32;

// What a block of 256 threads reads. `pieces`: 16-byte pieces of its source channels.
template <int pieces, bool joined> struct WeightOperands {
    static constexpr int warps_each = 4, warps = 2 * warps_each, stages = 2, channels = pieces * 8, pixel_bytes = channels * 2;
    using Pixels = Cross<tile_rows, joined>;
    using Share = CrossShare<tile_rows, warps * warp_size, pieces, joined>;

    Map row_source, column_source, row_dy, column_dy;
    int images, k;
    // What this thread copies of every cross.
    int band[Share::band_each], column[Share::column_each];

    // Whether this thread has taps of the 1×k kernel.
    static DEVICE_MEMBER bool is_upright() { return thread_x() / warp_size < warps_each; }

    DEVICE_MEMBER void start(const Pixels& cross) {
#pragma unroll
        for (int j = 0; j < Share::band_each; j++)
            band[j] = Share::band(cross, j);
#pragma unroll
        for (int j = 0; j < Share::column_each; j++)
            column[j] = Share::column(cross, j);
    }

    template <int each> DEVICE_MEMBER void copy_source(
        uint32 to, const Map& source, const int (&places)[each], int first, int image, int y, int x) const {
        const int channel = first + Share::piece() * 8;
        const bf16* from = source.data + source.at(image, y, x) + channel;
#pragma unroll
        for (int j = 0; j < each; j++) {
            const int dy = places[j] >> 8, dx = places[j] & 255;
            if (places[j] >= 0)
                copy_async(to + j * Share::bytes_apart, from + (dy * source.width + dx) * source.channels,
                    source.has(y + dy, x + dx) && channel < source.channels);
        }
    }

    // The cross of source channels `first` … around a tile.
    DEVICE_MEMBER void copy_cross(uint32 stage, const Pixels& cross, const Tile<tile_rows>& tile, int first) const {
        copy_source(stage + Share::band_to(), row_source, band, first, tile.image, tile.y, tile.x - cross.half);
        copy_source(stage + Share::column_to(cross), column_source, column, first, tile.image, tile.y - cross.half, tile.x);
    }

    // A tile of dy from target channel `first` on; place(y, x) is where a pixel lies. 64 threads copy the 16 pixels of a row, so four rows at a time.
    template <typename Place> DEVICE_MEMBER void copy_dy(uint32 to, const Map& dy, const Tile<tile_rows>& tile, int first, const Place& place) const {
        const int piece = thread_x() % 4, x = thread_x() / 4 % tile_width, channel = first + piece * 8;
#pragma unroll
        for (int j = 0; j < 2; j++) {
            const int y = thread_x() / 64 + j * 4;
            copy_async(to + piece_at<4>(place(y, x), piece), dy.data + dy.at(tile.image, tile.y + y, tile.x + x) + channel,
                dy.has(tile.y + y, tile.x + x) && channel < dy.channels);
        }
    }

    // Goes through this block's run: copy(stage, tile) starts copies, ready() follows when they have arrived, multiply(stage) uses them.
    template <typename Copy, typename Ready, typename Multiply>
    DEVICE_MEMBER void run(uint32 memory, int stage_bytes, const Copy& copy, const Ready& ready, const Multiply& multiply) const {
        const int height = row_source.height, width = row_source.width;
        const int across = (width + tile_width - 1) / tile_width, down = (height + tile_rows - 1) / tile_rows;
        const int64 tiles = (int64)images * across * down;
        const int first = (int)(tiles * block_z() / blocks_z()), past = (int)(tiles * (block_z() + 1) / blocks_z());
        copy(memory, Tile<tile_rows>(first, height, width));
        commit_copies();
        for (int tile = first; tile < past; tile++) {
            const int stage = (tile - first) % stages;
            wait_copies<0>();
            ready();
            // All warps' copies of this tile have arrived, and all have left the other stage.
            barrier();
            if (tile + 1 < past)
                copy(memory + (1 - stage) * stage_bytes, Tile<tile_rows>(tile + 1, height, width));
            commit_copies();
            multiply(memory + stage * stage_bytes);
        }
    }
};
