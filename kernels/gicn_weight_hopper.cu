// The weight gradients of gicn_weight.cuh for compute capability 9.0 where both kernels read one map: 64 source channels a block, and all pixels of a tile
// for up to seven taps of each kernel, 64 × 32 sums each, in the registers of a group of four warps. A group holds the source pixels that seven taps read
// in registers, as a product's rows, channels × pixels; the sixteen pixels of dy that all of them meet are read where they lie in shared memory. For the
// next sixteen one matrix is loaded. Of the 128 bytes that shared memory gives per clock dy takes half, the loads a seventh of that.
#include "gicn_weight.cuh"
#include "hopper.cuh"

constexpr int held = 7;
// Sixteen pixels of dy that a product adds over, one fragment behind the other, 32 channels each.
constexpr int fragment_bytes = 16 * side * 2, dy_bytes = tile_rows * fragment_bytes;

struct GroupWeightBlock {
    using Operands = WeightOperands<8, false>;

    Operands operands;
    int first_tap;
    float sums[held][4][4];

    // Adds seven taps of one fragment of dy. Waits for the products; meanwhile the block's other group keeps the tensor cores busy.
    DEVICE_MEMBER void multiply(const uint32 (&a)[held + 1][4], int first, uint32 dy) {
        const uint64 b = described<2 * side>(dy);
#define A(tap) FRAGMENT(a[(first + tap) % (held + 1)])
        asm volatile(FRAGMENT_PRODUCTS(
            FRAGMENT_PRODUCT(NAMES_0, "%112, %113, %114, %115") FRAGMENT_PRODUCT(NAMES_1, "%116, %117, %118, %119")
            FRAGMENT_PRODUCT(NAMES_2, "%120, %121, %122, %123") FRAGMENT_PRODUCT(NAMES_3, "%124, %125, %126, %127")
            FRAGMENT_PRODUCT(NAMES_4, "%128, %129, %130, %131") FRAGMENT_PRODUCT(NAMES_5, "%132, %133, %134, %135")
            FRAGMENT_PRODUCT(NAMES_6, "%136, %137, %138, %139"))
            : FRAGMENT_SUMS(sums[0]), FRAGMENT_SUMS(sums[1]), FRAGMENT_SUMS(sums[2]), FRAGMENT_SUMS(sums[3]), FRAGMENT_SUMS(sums[4]),
            FRAGMENT_SUMS(sums[5]), FRAGMENT_SUMS(sums[6])
            : A(0), A(1), A(2), A(3), A(4), A(5), A(6), [b] "l"(b), [across_b] "n"(1), [one] "r"(1)
            : "memory");
#undef A
    }

    // All fragments of a tile: fragment f meets source pixels pixel_of(f + tap, i), i = 0 … 15, for each tap.
    template <typename PixelOf> DEVICE_MEMBER void multiply(uint32 source, uint32 dy, const PixelOf& pixel_of) {
        const int thread = thread_anew(), lane = thread % warp_size;
        const int i = lane % 8 + lane / 16 * 8, piece = thread % group_threads / warp_size * 2 + lane / 8 % 2;
        uint32 a[held + 1][4];
        const auto load = [&](int s) {
            // Taps beyond the last are multiplied with whatever is there and not stored.
            const int last = tile_rows + operands.k - 2;
            load_matrices_transposed(a[s % (held + 1)], source + piece_at<8>(pixel_of(min_of(first_tap + s, last), i), piece));
        };
#pragma unroll
        for (int s = 0; s < held; s++)
            load(s);
#pragma unroll
        for (int f = 0; f < tile_rows; f++) {
            if (f + 1 < tile_rows)
                load(f + held);
            multiply(a, f, dy + f * fragment_bytes);
        }
    }

    DEVICE_MEMBER void store(float* weight, int source, int target) const {
        const int thread = thread_anew(), lane = thread % warp_size, sources = operands.row_source.channels, targets = operands.row_dy.channels;
        source += thread % group_threads / warp_size * 16 + lane / 4, target += lane % 4 * 2;
#pragma unroll
        for (int j = 0; j < held; j++)
#pragma unroll
            for (int n = 0; n < 4; n++)
#pragma unroll
                for (int e = 0; e < 4; e++) {
                    const int o = target + n * 8 + e % 2, i = source + e / 2 * 8, tap = first_tap + j;
                    if (o < targets && i < sources && tap < operands.k)
                        weight[((int64)o * operands.k + tap) * sources + i] = sums[j][n][e];
                }
    }

    DEVICE_MEMBER void run(float* drow, float* dcolumn, int64 stride) {
        extern __shared__ __attribute__((aligned(128))) char shared_bytes[];
        const uint32 memory = shared_address(shared_bytes, pattern_bytes);
        const Operands::Pixels cross(operands.k);
        // dy first: it begins with a pattern.
        const int cross_at = 2 * dy_bytes, stage_bytes = cross_at + cross.pixels() * Operands::pixel_bytes;
        const int tap_groups = (operands.k + held - 1) / held, source = block_x() * Operands::channels, target = block_y() / tap_groups * side;
        first_tap = block_y() % tap_groups * held;
        operands.start(cross);
#pragma unroll
        for (int j = 0; j < held; j++)
            for (int n = 0; n < 4; n++)
                for (int e = 0; e < 4; e++)
                    sums[j][n][e] = 0;
        const bool upright = Operands::is_upright();
        operands.run(memory, stage_bytes,
            [&](uint32 stage, const Tile<tile_rows>& tile) __attribute__((always_inline)) {
                operands.copy_cross(stage + cross_at, cross, tile, source);
                operands.copy_dy(stage, operands.row_dy, tile, target, [](int y, int x) { return x % 8 * 16 + x / 8 * 8 + y; });
                operands.copy_dy(stage + dy_bytes, operands.column_dy, tile, target, [](int y, int x) { return y * 16 + x; });
            },
            [] { fence_for_products(); },
            [&](uint32 stage) __attribute__((always_inline)) {
                if (upright)
                    multiply(stage + cross_at, stage,
                        [&](int s, int i) { return cross.band(upright_y<tile_rows>(i), s + upright_x<tile_rows>(i)); });
                else
                    multiply(stage + cross_at, stage + dy_bytes, [&](int s, int i) { return cross.column(s, i); });
            });
        store((upright ? drow : dcolumn) + block_z() * stride, source, target);
    }
};

// Block x: tiles of 64 source channels; y: of 32 target channels, and within them groups of seven taps; z: runs of tiles of pixels.
KERNEL(GroupWeightBlock::Operands::warps * warp_size)
cross_weight_split(const bf16* __restrict__ row_source, const bf16* __restrict__ column_source, const bf16* __restrict__ row_dy,
    const bf16* __restrict__ column_dy, float* drow, float* dcolumn, int64 stride, int images, int height, int width, int sources, int targets, int k) {
    GroupWeightBlock{{{row_source, height, width, sources}, {column_source, height, width, sources}, {row_dy, height, width, targets},
        {column_dy, height, width, targets}, images, k, {}, {}}, 0, {}}.run(drow, dcolumn, stride);
}
