// The convolutions of a global information convolution network (GICN, Qin et al. 2018), forward and with respect to their inputs, in bfloat16 with
// float32 sums on tensor cores. Channels are multiples of 8; k is odd, 1 … 15.
//
// cross_split: row = x ∗ 1×k kernel and column = x ∗ k×1 kernel, both of one map x, which is read once.
// cross_joined: y = row map ∗ 1×k kernel + column map ∗ k×1 kernel, one sum, written once.
// Plain: weights (target channel, tap, source channel). Transposed: the gradient with respect to the input; weights (source channel, tap, target
// channel), taps in reverse order.
//   forward 1×k, k×1 of x: split. Its gradient: joined, transposed. Forward k×1, 1×k and sum: joined. Its gradient: split, transposed.
//
// FLOPs: 2 · pixels · 2k · S · T. Bytes at least: split (S + 2T) · 2 · pixels, joined (2S + T) · 2 · pixels, and 4k · S · T of weights. Two library
// convolutions read x twice (2S + 2T), and the joined pair needs an addition that reads and writes T three times more: (2S + 2T + 3T).
// For S = 2048, T = 32, k = 7, a 64×64 map: 7.5 GFLOP, 17 MB and 1.8 MB of weights, against 34 MB.
//
// A block owns a tile of 16×16 (or, where shared memory is short or maps are small, 8×16) target pixels. Step by step of 16 source channels it copies the
// cross of source pixels and the weights of all 2k taps into shared memory, two or three steps in flight, and multiplies all taps from there.
// In a split kernel half of the warps make the row map and half the column map; in a joined one each warp adds both. A warp holds `held` fragments
// of 16 pixels × 32 target channels. Few tiles and many channels: the channels are split over blocks, float32 sums go to `partial`, and cross_sum
// adds them in order. Many target channels of few source channels: a block makes several tiles of 32 target channels one after another, and the cross
// stays in shared memory.
//
// Taps, what is different from GPU to GPU: how a warp multiplies its fragments by the weights of a tap.
//   alignment         of shared memory's first byte
//   thread()          this thread in its block; read anew each time where what follows from it shall not stay in registers
//   ready()           each thread after its copies, before the barrier behind which they are multiplied
//   load(i, tap)      into buffer i of two the weights of the tap that lie at that shared address
//   multiply(sums, a, first, i)   sums[j] += a[(first + j) mod held] · buffer i
#pragma once
#include "gicn.cuh"

struct CrossProduct {
    Map row_source, column_source;
    const bf16 *row_weight, *column_weight;
    const float *row_bias, *column_bias;
    bf16 *row_target, *column_target;
    float* partial;
    int64 pixels;
    int targets, k, stages, steps_per_split, tiles_per_block;
};

constexpr int target_tile = 32;
constexpr int step_channels = 16;
// Of one tap and step: 32 target × 16 source channels.
constexpr int tap_bytes = target_tile * step_channels * 2;

// What this thread copies of the cross in every step, told by the elements from the image's first to the pixel's first.
template <int rows, int threads, bool joined> struct CrossCopier {
    using Share = CrossShare<rows, threads, step_channels / 8, joined>;
    // Multiples of 8 as all others: an address must be aligned even where nothing is read.
    static constexpr int outside = -8, nothing = -16;

    const bf16 *row_image, *column_image;
    int channels, band_to, column_to;
    int band[Share::band_each], column[Share::column_each];

    DEVICE_MEMBER CrossCopier(const CrossProduct& p, const Cross<rows, joined>& cross, const Tile<rows>& tile) {
        const Map& map = p.row_source;
        const int64 image = map.at(tile.image, 0, 0) + Share::piece() * 8;
        row_image = p.row_source.data + image, column_image = joined ? p.column_source.data + image : row_image;
        channels = map.channels, band_to = Share::band_to(), column_to = Share::column_to(cross);
        const auto place = [&](int at, int y, int x) {
            y += at >> 8, x += at & 255;
            return at < 0 ? nothing : map.has(y, x) ? (y * map.width + x) * map.channels : outside;
        };
#pragma unroll
        for (int j = 0; j < Share::band_each; j++)
            band[j] = place(Share::band(cross, j), tile.y, tile.x - cross.half);
#pragma unroll
        for (int j = 0; j < Share::column_each; j++)
            column[j] = place(Share::column(cross, j), tile.y - cross.half, tile.x);
    }

    DEVICE_MEMBER void copy(uint32 stage, int channel) const {
        const bool has = channel + Share::piece() * 8 < channels;
        const bf16 *row_from = row_image + channel, *column_from = column_image + channel;
#pragma unroll
        for (int j = 0; j < Share::band_each; j++)
            if (band[j] != nothing)
                copy_async(stage + band_to + j * Share::bytes_apart, row_from + band[j], has && band[j] != outside);
#pragma unroll
        for (int j = 0; j < Share::column_each; j++)
            if (column[j] != nothing)
                copy_async(stage + column_to + j * Share::bytes_apart, column_from + column[j], has && column[j] != outside);
    }
};

// Copies the weights of one step, [1×k taps, k×1 taps][target channel][source channel], or, transposed, [source channel][target channel].
template <typename Taps, bool transposed, int threads> DEVICE void copy_weights(uint32 to, const CrossProduct& p, int target, int channel) {
    constexpr int at_once = threads / 64;
    const int sources = p.row_source.channels, first = Taps::thread() / 64, i = Taps::thread() % 64;
    // This thread's row of the tap's matrix and 16-byte piece of it.
    const int row = transposed ? i / 4 : i / 2, piece = transposed ? i % 4 : i % 2;
    const int c = transposed ? channel + row : channel + piece * 8, n = transposed ? target + piece * 8 : target + row;
    const int64 from = transposed ? ((int64)c * p.k + p.k - 1 - first) * p.targets + n : ((int64)n * p.k + first) * sources + c;
    const int64 next = at_once * (transposed ? -p.targets : sources);
    const bool has = c < sources && n < p.targets;
    to += first * tap_bytes + (transposed ? piece_at<4>(row, piece) : piece_at<2>(row, piece));
#pragma unroll
    for (int column = 0; column < 2; column++) {
        const bf16* weight = (column ? p.column_weight : p.row_weight) + from;
        uint32 at = to + column * p.k * tap_bytes;
        for (int tap = first; tap < p.k; tap += at_once) {
            copy_async(at, weight, has);
            weight += next, at += at_once * tap_bytes;
        }
    }
}

// A of the 16 pixels of which this lane addresses `pixel`.
DEVICE void load_pixels(uint32 (&a)[4], uint32 cross, int pixel) { load_matrices(a, cross + piece_at<2>(pixel, thread_x() % warp_size / 16)); }

// Adds all taps of one kernel. pixel_of(s) is this lane's pixel of matrix s; fragment i reads matrix i + t for tap t. What a tap needs is loaded while
// the tap before is multiplied.
template <typename Taps, int held, typename PixelOf>
DEVICE void sweep(float (&sums)[held][4][4], uint32 cross, uint32 weights, int k, const PixelOf& pixel_of) {
    uint32 a[held][4];
    Taps taps;
#pragma unroll
    for (int i = 0; i < held; i++)
        load_pixels(a[i], cross, pixel_of(i));
    taps.load(0, weights);
    for (int first = 0;; first += held) {
#pragma unroll
        for (int j = 0; j < held; j++) {
            const int ahead = min_of(first + j + 1, k - 1);
            uint32 next[4];
            load_pixels(next, cross, pixel_of(ahead + held - 1));
            taps.load((j + 1) % 2, weights + ahead * tap_bytes);
            taps.multiply(sums, a, j, j % 2);
            if (first + j + 1 == k)
                return;
#pragma unroll
            for (int e = 0; e < 4; e++)
                a[j][e] = next[e];
        }
    }
}

// The same for the 1×k kernel with fragments that lie in rows: no two taps share a matrix.
template <typename Taps, int held, typename PixelOf>
DEVICE void sweep_along(float (&sums)[held][4][4], uint32 cross, uint32 weights, int k, const PixelOf& pixel_of) {
    uint32 a[2][held][4];
    Taps taps;
    const auto load = [&](int buffer, int t) {
        taps.load(buffer, weights + t * tap_bytes);
#pragma unroll
        for (int i = 0; i < held; i++)
            load_pixels(a[buffer][i], cross, pixel_of(i, t));
    };
    load(0, 0);
    for (int first = 0;; first += 2) {
#pragma unroll
        for (int j = 0; j < 2; j++) {
            load(1 - j, min_of(first + j + 1, k - 1));
            taps.multiply(sums, a[j], 0, j);
            if (first + j + 1 == k)
                return;
        }
    }
}

DEVICE uint32 shuffle_xor(uint32 x, int mask) { return __nvvm_shfl_sync_bfly_i32(all_lanes, x, mask, warp_size - 1); }

// Lane t of four neighbours gives words[j] and gets word t of lane j.
DEVICE void transpose_in_quad(uint32 (&words)[4]) {
    const int t = thread_x() % 4;
#pragma unroll
    for (int mask = 1; mask < 4; mask *= 2) {
        const bool high = t & mask;
#pragma unroll
        for (int j = 0; j < 4; j++) {
            if (j & mask)
                continue;
            const uint32 low = words[j], up = words[j | mask], got = shuffle_xor(high ? low : up, mask);
            words[j] = high ? got : low;
            words[j | mask] = high ? up : got;
        }
    }
}

template <template <bool> typename TapsOf, int rows, int held, bool joined, bool transposed> struct CrossBlock {
    using Taps = TapsOf<transposed>;
    static constexpr int row_warps = rows / held;
    static constexpr int warps = joined ? row_warps : 2 * row_warps;
    static constexpr int threads = warps * warp_size;

    const CrossProduct& p;
    Cross<rows, joined> cross;
    Tile<rows> tile;
    float sums[held][4][4];

    DEVICE_MEMBER explicit CrossBlock(const CrossProduct& product)
        : p(product), cross(product.k), tile(block_x(), product.row_source.height, product.row_source.width) {}

    // In a split kernel the first half of the warps makes the row map, of fragments below each other.
    static DEVICE_MEMBER bool is_upright() { return !joined && Taps::thread() / warp_size < row_warps; }
    static DEVICE_MEMBER int first_fragment() { return Taps::thread() / warp_size % row_warps * held; }

    DEVICE_MEMBER void multiply(uint32 stage) {
        const int lane = Taps::thread() % 16, first = first_fragment();
        const uint32 weights = stage + cross.pixels() * step_channels * 2, column_weights = weights + p.k * tap_bytes;
        if (is_upright()) {
            const int pixel = cross.band(upright_y<rows>(lane), first + upright_x<rows>(lane));
            sweep<Taps>(sums, stage, weights, p.k, [&](int s) { return pixel + s; });
        } else {
            sweep<Taps>(sums, stage, column_weights, p.k, [&](int s) { return cross.column(first + s, lane); });
            if constexpr (joined) {
                const int pixel = cross.band(first, lane);
                sweep_along<Taps>(sums, stage, weights, p.k, [&](int i, int t) { return pixel + cross.band(i, t); });
            }
        }
    }

    DEVICE_MEMBER float bias(int n) const {
        const float* own = is_upright() ? p.row_bias : p.column_bias;
        return n < p.targets && own ? own[n] + (joined ? p.row_bias[n] : 0) : 0;
    }

    DEVICE_MEMBER void store(int target) const {
        const int lane = Taps::thread() % warp_size, first = first_fragment();
        const int column = target + lane % 4 * 2;
        bf16* y = is_upright() ? p.row_target : p.column_target;
        float* partial = p.partial + ((int64)block_z() * (joined ? 1 : 2) + (joined || is_upright() ? 0 : 1)) * p.pixels * p.targets;
        float2 biases[4];
#pragma unroll
        for (int j = 0; j < 4; j++)
            biases[j] = float2{bias(column + j * 8), bias(column + j * 8 + 1)};
#pragma unroll
        for (int i = 0; i < held; i++) {
#pragma unroll
            for (int h = 0; h < 2; h++) {
                const int at = lane / 4 + h * 8;
                const int row = tile.y + (is_upright() ? upright_y<rows>(at) : first + i);
                const int place = tile.x + (is_upright() ? first + i + upright_x<rows>(at) : at);
                const bool inside = row < p.row_source.height && place < p.row_source.width;
                const int64 pixel = (((int64)tile.image * p.row_source.height + row) * p.row_source.width + place) * p.targets;
                if (p.partial) {
#pragma unroll
                    for (int j = 0; j < 4; j++)
                        if (inside && column + j * 8 < p.targets)
                            *(float2*)(partial + pixel + column + j * 8) = float2{sums[i][j][2 * h], sums[i][j][2 * h + 1]};
                } else {
                    uint32 words[4];
#pragma unroll
                    for (int j = 0; j < 4; j++)
                        words[j] = narrow_pair(sums[i][j][2 * h] + biases[j].x, sums[i][j][2 * h + 1] + biases[j].y);
                    // Now eight neighbouring channels are in one lane.
                    transpose_in_quad(words);
                    const int n = target + lane % 4 * 8;
                    if (inside && n < p.targets)
                        *(uint4*)(y + pixel + n) = uint4{words[0], words[1], words[2], words[3]};
                }
            }
        }
    }

    DEVICE_MEMBER void run() {
        extern __shared__ __attribute__((aligned(128))) char shared_bytes[];
        const uint32 memory = shared_address(shared_bytes, Taps::alignment);
        const int cross_bytes = cross.pixels() * step_channels * 2, stage_bytes = cross_bytes + 2 * p.k * tap_bytes;
        const int all_steps = (p.row_source.channels + step_channels - 1) / step_channels, first_step = block_z() * p.steps_per_split;
        const int steps = min_of(p.steps_per_split, all_steps - first_step);
        const int all_tiles = (p.targets + target_tile - 1) / target_tile, first_tile = block_y() * p.tiles_per_block;
        const int tiles = min_of(p.tiles_per_block, all_tiles - first_tile);
        // Then every step finds its cross where an earlier tile's step of the same channels put it.
        const bool stays = p.stages % steps == 0;

        const CrossCopier<rows, threads, joined> copier(p, cross, tile);
        int loaded = 0, write = 0, load_step = 0, load_tile = 0;
        const auto load = [&] {
            if (load_tile < tiles) {
                const int channel = (first_step + load_step) * step_channels;
                const uint32 stage = memory + write * stage_bytes;
                if (loaded++ < p.stages || !stays)
                    copier.copy(stage, channel);
                copy_weights<Taps, transposed, threads>(stage + cross_bytes, p, (first_tile + load_tile) * target_tile, channel);
                if (++load_step == steps)
                    load_step = 0, load_tile++;
            }
            commit_copies();
            if (++write == p.stages)
                write = 0;
        };
        for (int i = 1; i < p.stages; i++)
            load();
        for (int n = 0; n < tiles; n++) {
#pragma unroll
            for (int i = 0; i < held; i++)
                for (int j = 0; j < 4; j++)
                    for (int e = 0; e < 4; e++)
                        sums[i][j][e] = 0;
            for (int step = 0; step < steps; step++) {
                if (p.stages == 2)
                    wait_copies<0>();
                else
                    wait_copies<1>();
                Taps::ready();
                // All warps' copies of this step have arrived, and all have left the stage that is written next.
                barrier();
                load();
                // What is written next is the oldest.
                multiply(memory + write * stage_bytes);
            }
            store((first_tile + n) * target_tile);
        }
    }
};

// Behind the flags, where it matters: the least number of blocks on a multiprocessor.
// Block x: tiles of pixels; y: groups of tiles of 32 target channels; z: splits of the source channels.
#define CROSS(name, Taps, rows, held, joined, transposed, ...)                                                                                       \
    KERNEL((CrossBlock<Taps, rows, held, joined, transposed>::threads) __VA_OPT__(, __VA_ARGS__))                                                    \
    name(const bf16* __restrict__ row_source, const bf16* __restrict__ column_source, const bf16* __restrict__ row_weight,                           \
        const bf16* __restrict__ column_weight, const float* __restrict__ row_bias, const float* __restrict__ column_bias, bf16* row_target,         \
        bf16* column_target, float* partial, int images, int height, int width, int sources, int targets, int k, int stages, int steps_per_split,    \
        int tiles_per_block) {                                                                                                                       \
        CrossBlock<Taps, rows, held, joined, transposed>({{row_source, height, width, sources}, {column_source, height, width, sources}, row_weight, \
            column_weight, row_bias, column_bias, row_target, column_target, partial, (int64)images * height * width, targets, k, stages,            \
            steps_per_split, tiles_per_block}).run();                                                                                                \
    }
