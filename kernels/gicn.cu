// The convolutions of gicn_cross.cuh for every GPU: each warp loads the weights of a tap into its registers and multiplies by itself.
#include "gicn_cross.cuh"

// B of 32 target channels: words 2j, 2j + 1 of the two loads belong to columns 8j … 8j + 7.
template <bool transposed> DEVICE void load_weights(uint32 (&b)[2][4], uint32 tap) {
    const int lane = thread_x() % warp_size;
    if constexpr (transposed) {
        load_matrices_transposed(b[0], tap + piece_at<4>(lane % 16, lane / 16));
        load_matrices_transposed(b[1], tap + piece_at<4>(lane % 16, lane / 16 + 2));
    } else {
        const int row = lane % 8 + lane / 16 * 8;
        load_matrices(b[0], tap + piece_at<2>(row, lane / 8 % 2));
        load_matrices(b[1], tap + piece_at<2>(row + 16, lane / 8 % 2));
    }
}

DEVICE void multiply_tap(float (&sums)[4][4], const uint32 (&a)[4], const uint32 (&b)[2][4]) {
#pragma unroll
    for (int j = 0; j < 4; j++)
        multiply_bf16(sums[j], a, b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
}

template <bool transposed> struct WarpTaps {
    static constexpr int alignment = 1;
    uint32 b[2][2][4];

    static DEVICE_MEMBER int thread() { return thread_x(); }
    static DEVICE_MEMBER void ready() {}

    DEVICE_MEMBER void load(int buffer, uint32 tap) { load_weights<transposed>(b[buffer], tap); }

    template <int held> DEVICE_MEMBER void multiply(float (&sums)[held][4][4], const uint32 (&a)[held][4], int first, int buffer) const {
#pragma unroll
        for (int i = 0; i < held; i++)
            multiply_tap(sums[i], a[(i + first) % held], b[buffer]);
    }
};

CROSS(cross_split_16, WarpTaps, 16, 4, false, false)
CROSS(cross_split_8, WarpTaps, 8, 2, false, false)
CROSS(cross_split_transposed_16, WarpTaps, 16, 4, false, true)
CROSS(cross_split_transposed_8, WarpTaps, 8, 2, false, true)
CROSS(cross_joined_16, WarpTaps, 16, 4, true, false)
CROSS(cross_joined_8, WarpTaps, 8, 2, true, false)
CROSS(cross_joined_transposed_16, WarpTaps, 16, 4, true, true)
CROSS(cross_joined_transposed_8, WarpTaps, 8, 2, true, true)

// Targets = Σ of the splits' sums + biases, which may be missing; partial: splits × outputs × count. Of one output (joined) both biases are added.
KERNEL(256) cross_sum(const float* __restrict__ partial, const float* __restrict__ row_bias, const float* __restrict__ column_bias, bf16* row_target,
    bf16* column_target, int64 count, int outputs, int targets, int splits) {
    for (int64 i = 4 * grid_thread(); i < outputs * count; i += 4 * grid_threads()) {
        const bool is_column = i >= count;
        const int64 at = is_column ? i - count : i;
        const int n = (int)(at % targets);
        const float* own = is_column ? column_bias : row_bias;
        float sums[4];
        load(partial + i, sums);
        for (int s = 1; s < splits; s++) {
            float more[4];
            load(partial + s * outputs * count + i, more);
            for (int e = 0; e < 4; e++)
                sums[e] += more[e];
        }
        if (own)
            for (int e = 0; e < 4; e++)
                sums[e] += own[n + e] + (outputs == 1 ? column_bias[n + e] : 0);
        store((is_column ? column_target : row_target) + at, sums);
    }
}
