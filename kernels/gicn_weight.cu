// The weight gradients of gicn_weight.cuh for every GPU: 32 source channels a block, both operands transposed by the matrix loads. A warp has up to `held`
// taps next to each other: a matrix of source pixels loaded once meets the `held` fragments of dy that read it through those taps.
#include "gicn_weight.cuh"

// An odd number of pixels between dy's rows, for the banks.
constexpr int dy_pitch = tile_width + 1;
constexpr int dy_bytes = tile_rows * dy_pitch * side * 2;

template <int held, bool joined> struct WeightBlock {
    using Operands = WeightOperands<side / 8, joined>;
    using Pixels = typename Operands::Pixels;

    Operands operands;
    float sums[held][2][4][4];

    static DEVICE_MEMBER bool is_upright() { return Operands::is_upright(); }
    static DEVICE_MEMBER int first_tap() { return thread_x() / warp_size % Operands::warps_each * held; }

    template <typename SourceOf, typename DyOf> DEVICE_MEMBER void multiply(uint32 source, uint32 dy, const SourceOf& source_of, const DyOf& dy_of) {
        const int lane = thread_x() % warp_size, first = first_tap();
        const int b_pixel = lane % 16, b_piece = lane / 16, a_pixel = lane % 8 + lane / 16 * 8, a_piece = lane / 8 % 2;
        uint32 a[held][2][4];
#pragma unroll
        for (int v = 0; v < tile_rows + held - 1; v++) {
            // Taps beyond the last are multiplied with whatever is there and not stored.
            const int s = source_of(min_of(first + v, tile_rows + operands.k - 2), b_pixel);
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
        const uint32 dy = stage + cross.pixels() * Operands::pixel_bytes;
        if (is_upright())
            multiply(stage, dy, [&](int s, int i) { return cross.band(upright_y<tile_rows>(i), s + upright_x<tile_rows>(i)); },
                [](int f, int i) { return upright_y<tile_rows>(i) * dy_pitch + f + upright_x<tile_rows>(i); });
        else
            multiply(stage, joined ? dy : dy + dy_bytes, [&](int s, int i) { return cross.column(s, i); }, [](int f, int i) { return f * dy_pitch + i; });
    }

    DEVICE_MEMBER void store(float* weight) const {
        const int lane = thread_x() % warp_size, sources = operands.row_source.channels, targets = operands.row_dy.channels;
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
                        if (o < targets && i < sources && tap < operands.k)
                            *(float2*)(weight + ((int64)o * operands.k + tap) * sources + i) = float2{sums[j][m][n][2 * h], sums[j][m][n][2 * h + 1]};
                    }
    }

    DEVICE_MEMBER void run(float* drow, float* dcolumn, int64 stride) {
        extern __shared__ __attribute__((aligned(128))) char shared_bytes[];
        const Pixels cross(operands.k);
        const int cross_bytes = cross.pixels() * Operands::pixel_bytes, stage_bytes = cross_bytes + (joined ? 1 : 2) * dy_bytes;
        const auto place = [](int y, int x) { return y * dy_pitch + x; };
        operands.start(cross);
#pragma unroll
        for (int j = 0; j < held; j++)
            for (int m = 0; m < 2; m++)
                for (int n = 0; n < 4; n++)
                    for (int e = 0; e < 4; e++)
                        sums[j][m][n][e] = 0;
        operands.run(shared_address(shared_bytes), stage_bytes,
            [&](uint32 stage, const Tile<tile_rows>& tile) __attribute__((always_inline)) {
                operands.copy_cross(stage, cross, tile, block_x() * side);
                operands.copy_dy(stage + cross_bytes, operands.row_dy, tile, block_y() * side, place);
                if (!joined)
                    operands.copy_dy(stage + cross_bytes + dy_bytes, operands.column_dy, tile, block_y() * side, place);
            },
            [] {},
            [&](uint32 stage) __attribute__((always_inline)) {
                if (first_tap() < operands.k)
                    multiply(stage, cross);
            });
        store((is_upright() ? drow : dcolumn) + block_z() * stride);
    }
};

// Block x: tiles of 32 source channels; y: of 32 target channels; z: runs of tiles of pixels, whose sums lie `stride` apart.
#define CROSS_WEIGHT(name, held, joined)                                                                                                                   \
    KERNEL((WeightBlock<held, joined>::Operands::warps * warp_size))                                                                                       \
    name(const bf16* __restrict__ row_source, const bf16* __restrict__ column_source, const bf16* __restrict__ row_dy, const bf16* __restrict__ column_dy, \
        float* drow, float* dcolumn, int64 stride, int images, int height, int width, int sources, int targets, int k) {                                   \
        WeightBlock<held, joined>{{{row_source, height, width, sources}, {column_source, height, width, sources}, {row_dy, height, width, targets},        \
            {column_dy, height, width, targets}, images, k, {}, {}}, {}}.run(drow, dcolumn, stride);                                                       \
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
