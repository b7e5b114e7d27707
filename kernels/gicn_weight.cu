// The weight gradients of a global information convolution network (GICN, Qin et al. 2018): of a 1×k and of a k×1 kernel at once, from bfloat16 maps
// with float32 sums on tensor cores. Channels are multiples of 8; k is odd, 1 … 15.
//
// drow[t, o, i] = Σ over pixels of dy_row[y, x, o] · row_source[y, x + t − k/2, i], dcolumn the same downwards; weights (target o, tap t, source i).
// split: both kernels read one map x, which is fetched once, and have a dy each. joined: they read a map each and share dy, which is fetched once.
//
// FLOPs: 2 · pixels · 2k · S · T. Bytes at least: split (S + 2T) · 2 · pixels, joined (2S + T) · 2 · pixels, and 8k · S · T of gradients. Two library
// calls read the shared map twice.
//
// A block owns 32 source and 32 target channels and a run of tiles of 8×16 pixels; the sum over pixels is the product's inner dimension, so both
// operands are transposed by the matrix loads. While one tile is multiplied the next one's cross of source pixels and its dy are copied. Half of the
// warps have the 1×k kernel's taps, half the k×1 kernel's, each up to `held` taps next to each other: a matrix of source pixels loaded once meets the
// `held` fragments of dy that read it through those taps. Blocks of the same channels write their sums `stride` apart; cross_weight_sum adds them
// in order.
#include "gicn.cuh"

constexpr int tile_rows = 8;
constexpr int side = 32;
constexpr int pixel_bytes = side * 2;
// An odd number of pixels between dy's rows, for the banks.
constexpr int dy_pitch = tile_width + 1;
constexpr int dy_bytes = tile_rows * dy_pitch * pixel_bytes;

template <int held, bool joined> struct WeightBlock {
    static constexpr int warps_each = 4, warps = 2 * warps_each, stages = 2;
    using Pixels = Cross<tile_rows, joined>;
    using Share = CrossShare<tile_rows, warps * warp_size, side / 8, joined>;

    Map row_source, column_source, row_dy, column_dy;
    int images, k;
    // What this thread copies of every cross.
    int band[Share::band_each], column[Share::column_each];
    float sums[held][2][4][4];

    static DEVICE_MEMBER bool is_upright() { return thread_x() / warp_size < warps_each; }
    static DEVICE_MEMBER int first_tap() { return thread_x() / warp_size % warps_each * held; }

    // 64 threads copy the 16 pixels of a row, so four rows at a time.
    DEVICE_MEMBER void copy_dy(uint32 to, const Map& dy, const Tile<tile_rows>& tile) const {
        const int piece = thread_x() % 4, x = thread_x() / 4 % tile_width, channel = block_y() * side + piece * 8;
#pragma unroll
        for (int j = 0; j < 2; j++) {
            const int y = thread_x() / 64 + j * 4;
            copy_async(to + piece_at<4>(y * dy_pitch + x, piece), dy.data + dy.at(tile.image, tile.y + y, tile.x + x) + channel,
                dy.has(tile.y + y, tile.x + x) && channel < dy.channels);
        }
    }

    template <int each> DEVICE_MEMBER void copy_source(uint32 to, const Map& source, const int (&places)[each], int image, int y, int x) const {
        const int channel = block_x() * side + Share::piece() * 8;
        const bf16* first = source.data + source.at(image, y, x) + channel;
#pragma unroll
        for (int j = 0; j < each; j++) {
            const int dy = places[j] >> 8, dx = places[j] & 255;
            if (places[j] >= 0)
                copy_async(to + j * Share::bytes_apart, first + (dy * source.width + dx) * source.channels,
                    source.has(y + dy, x + dx) && channel < source.channels);
        }
    }

    DEVICE_MEMBER void copy(uint32 stage, const Pixels& cross, int index) const {
        const Tile<tile_rows> tile(index, row_source.height, row_source.width);
        const uint32 dy = stage + cross.pixels() * pixel_bytes;
        copy_source(stage + Share::band_to(), row_source, band, tile.image, tile.y, tile.x - cross.half);
        copy_source(stage + Share::column_to(cross), column_source, column, tile.image, tile.y - cross.half, tile.x);
        copy_dy(dy, row_dy, tile);
        if (!joined)
            copy_dy(dy + dy_bytes, column_dy, tile);
    }

    template <typename SourceOf, typename DyOf> DEVICE_MEMBER void multiply(uint32 source, uint32 dy, const SourceOf& source_of, const DyOf& dy_of) {
        const int lane = thread_x() % warp_size, first = first_tap();
        const int b_pixel = lane % 16, b_piece = lane / 16, a_pixel = lane % 8 + lane / 16 * 8, a_piece = lane / 8 % 2;
        uint32 a[held][2][4];
#pragma unroll
        for (int v = 0; v < tile_rows + held - 1; v++) {
            // Taps beyond the last are multiplied with whatever is there and not stored.
            const int s = source_of(min_of(first + v, tile_rows + k - 2), b_pixel);
            uint32 b[2][4];
            load_matrices_transposed(b[0], source + piece_at<4>(s, b_piece));
            load_matrices_transposed(b[1], source + piece_at<4>(s, b_piece + 2));
            if (v < tile_rows) {
                const int d = dy_of(v, a_pixel);
                load_matrices_transposed(a[v % held][0], dy + piece_at<4>(d, a_piece));
                load_matrices_transposed(a[v % held][1], dy + piece_at<4>(d, a_piece + 2));
            }
#pragma unroll
            for (int j = 0; j < held; j++)
                if (v - j >= 0 && v - j < tile_rows)
#pragma unroll
                    for (int m = 0; m < 2; m++)
#pragma unroll
                        for (int n = 0; n < 4; n++)
                            multiply_bf16(sums[j][m][n], a[(v - j) % held][m], b[n / 2][n % 2 * 2], b[n / 2][n % 2 * 2 + 1]);
        }
    }

    DEVICE_MEMBER void multiply(uint32 stage, const Pixels& cross) {
        const uint32 dy = stage + cross.pixels() * pixel_bytes;
        if (is_upright())
            multiply(stage, dy, [&](int s, int i) { return cross.band(upright_y<tile_rows>(i), s + upright_x<tile_rows>(i)); },
                [](int f, int i) { return upright_y<tile_rows>(i) * dy_pitch + f + upright_x<tile_rows>(i); });
        else
            multiply(stage, joined ? dy : dy + dy_bytes, [&](int s, int i) { return cross.column(s, i); }, [](int f, int i) { return f * dy_pitch + i; });
    }

    DEVICE_MEMBER void store(float* weight) const {
        const int lane = thread_x() % warp_size, sources = row_source.channels, targets = row_dy.channels;
        const int target = block_y() * side + lane / 4, source = block_x() * side + lane % 4 * 2;
#pragma unroll
        for (int j = 0; j < held; j++)
#pragma unroll
            for (int m = 0; m < 2; m++)
#pragma unroll
                for (int h = 0; h < 2; h++)
#pragma unroll
                    for (int n = 0; n < 4; n++) {
                        const int o = target + m * 16 + h * 8, i = source + n * 8, tap = first_tap() + j;
                        if (o < targets && i < sources && tap < k)
                            *(float2*)(weight + ((int64)o * k + tap) * sources + i) = float2{sums[j][m][n][2 * h], sums[j][m][n][2 * h + 1]};
                    }
    }

    DEVICE_MEMBER void run(float* drow, float* dcolumn, int64 stride) {
        extern __shared__ __attribute__((aligned(128))) char shared_bytes[];
        const uint32 memory = shared_address(shared_bytes);
        const Pixels cross(k);
        const int stage_bytes = cross.pixels() * pixel_bytes + (joined ? 1 : 2) * dy_bytes;
        const int across = (row_source.width + tile_width - 1) / tile_width, down = (row_source.height + tile_rows - 1) / tile_rows;
        const int64 tiles = (int64)images * across * down;
        const int first = (int)(tiles * block_z() / blocks_z()), past = (int)(tiles * (block_z() + 1) / blocks_z());
#pragma unroll
        for (int j = 0; j < Share::band_each; j++)
            band[j] = Share::band(cross, j);
#pragma unroll
        for (int j = 0; j < Share::column_each; j++)
            column[j] = Share::column(cross, j);
#pragma unroll
        for (int j = 0; j < held; j++)
            for (int m = 0; m < 2; m++)
                for (int n = 0; n < 4; n++)
                    for (int e = 0; e < 4; e++)
                        sums[j][m][n][e] = 0;
        copy(memory, cross, first);
        commit_copies();
        for (int tile = first; tile < past; tile++) {
            const int stage = (tile - first) % stages;
            wait_copies<0>();
            // All warps' copies of this tile have arrived, and all have left the other stage.
            barrier();
            if (tile + 1 < past)
                copy(memory + (1 - stage) * stage_bytes, cross, tile + 1);
            commit_copies();
            if (first_tap() < k)
                multiply(memory + stage * stage_bytes, cross);
        }
        store((is_upright() ? drow : dcolumn) + block_z() * stride);
    }
};

// Block x: tiles of 32 source channels; y: of 32 target channels; z: runs of tiles of pixels, whose sums lie `stride` apart.
#define CROSS_WEIGHT(name, held, joined)                                                                                                                   \
    KERNEL((WeightBlock<held, joined>::warps * warp_size))                                                                                                 \
    name(const bf16* __restrict__ row_source, const bf16* __restrict__ column_source, const bf16* __restrict__ row_dy, const bf16* __restrict__ column_dy, \
        float* drow, float* dcolumn, int64 stride, int images, int height, int width, int sources, int targets, int k) {                                   \
        WeightBlock<held, joined>{{row_source, height, width, sources}, {column_source, height, width, sources}, {row_dy, height, width, targets},         \
            {column_dy, height, width, targets}, images, k, {}, {}, {}}.run(drow, dcolumn, stride);                                                        \
    }

CROSS_WEIGHT(cross_weight_split_2, 2, false)
CROSS_WEIGHT(cross_weight_split_3, 3, false)
CROSS_WEIGHT(cross_weight_split_4, 4, false)
CROSS_WEIGHT(cross_weight_joined_2, 2, true)
CROSS_WEIGHT(cross_weight_joined_3, 3, true)
CROSS_WEIGHT(cross_weight_joined_4, 4, true)

// drow and dcolumn = Σ of the runs' sums; partial: runs × (drow, dcolumn), each of `count` numbers.
KERNEL(256) cross_weight_sum(const float* __restrict__ partial, float* drow, float* dcolumn, int64 count, int runs) {
    for (int64 i = grid_thread(); i < 2 * count; i += grid_threads()) {
        float sum = 0;
        for (int run = 0; run < runs; run++)
            sum += partial[run * 2 * count + i];
        if (i < count)
            drow[i] = sum;
        else
            dcolumn[i - count] = sum;
    }
}
