// The convolutions of a global information convolution network (GICN, Qin et al. 2018) and their gradients for any number of channels, in float32
// or bfloat16 with float32 sums, on the ordinary arithmetic units: what runs with float32 activations and where channels are no multiple of 8.
// What is computed, the FLOPs and the bytes are those of gicn_cross.cuh and gicn_weight.cuh; here a tap's source pixels come from the caches each time.
#include "mma.cuh"

constexpr int pixel_tile = 64, channel_tile = 32, depth = 16;

template <typename T> struct PlainCross {
    const T *row_source, *column_source, *row_weight, *column_weight;
    const float *row_bias, *column_bias;
    T *row_target, *column_target;
    int images, height, width, sources, targets, k;
};

// A block makes 64 pixels × 32 target channels, a thread 4 × 4 of them. Per 16 source channels all taps of both kernels are added before the next 16.
template <typename T, bool joined, bool transposed> DEVICE void plain_cross(const PlainCross<T>& p) {
    __shared__ __attribute__((aligned(16))) float a[depth][pixel_tile + 4], b[depth][channel_tile + 4];
    constexpr int outputs = joined ? 1 : 2;
    const int thread = thread_x(), half = p.k / 2, first_target = block_y() * channel_tile;
    const int64 pixels = (int64)p.images * p.height * p.width, first_pixel = (int64)block_x() * pixel_tile;

    int y[8], x[8];
#pragma unroll
    for (int e = 0; e < 8; e++) {
        const int64 pixel = first_pixel + thread / depth + e * 8;
        // A pixel beyond the last: outside of every map.
        y[e] = pixel < pixels ? (int)(pixel / p.width % p.height) : -1 << 20;
        x[e] = (int)(pixel % p.width);
    }
    float sums[outputs][4][4] = {};
    for (int channel = 0; channel < p.sources; channel += depth) {
#pragma unroll
        for (int column = 0; column < 2; column++) {
            const T* source = column ? p.column_source : p.row_source;
            const T* weight = column ? p.column_weight : p.row_weight;
            for (int tap = 0; tap < p.k; tap++) {
                const int dy = column ? tap - half : 0, dx = column ? 0 : tap - half, c = channel + thread % depth;
                const int64 shift = (int64)dy * p.width + dx;
                barrier();
#pragma unroll
                for (int e = 0; e < 8; e++) {
                    const bool inside = (uint32)(y[e] + dy) < (uint32)p.height && (uint32)(x[e] + dx) < (uint32)p.width && c < p.sources;
                    const int64 pixel = first_pixel + thread / depth + e * 8 + shift;
                    a[thread % depth][thread / depth + e * 8] = inside ? widen(source[pixel * p.sources + c]) : 0;
                }
#pragma unroll
                for (int e = 0; e < 4; e++) {
                    const int d = transposed ? thread / 32 + e * 4 : thread % depth, t = transposed ? thread % 32 : thread / depth + e * 8;
                    const int s = channel + d, n = first_target + t;
                    const int64 at = transposed ? ((int64)s * p.k + p.k - 1 - tap) * p.targets + n : ((int64)n * p.k + tap) * p.sources + s;
                    b[d][t] = s < p.sources && n < p.targets ? widen(weight[at]) : 0;
                }
                barrier();
#pragma unroll 4
                for (int d = 0; d < depth; d++) {
                    const float4 left = *(const float4*)&a[d][thread / 8 * 4], right = *(const float4*)&b[d][thread % 8 * 4];
#pragma unroll
                    for (int i = 0; i < 4; i++)
#pragma unroll
                        for (int j = 0; j < 4; j++)
                            sums[joined ? 0 : column][i][j] = fma_of(left[i], right[j], sums[joined ? 0 : column][i][j]);
                }
            }
        }
    }
#pragma unroll
    for (int output = 0; output < outputs; output++) {
        T* target = output ? p.column_target : p.row_target;
        const float* bias = output ? p.column_bias : p.row_bias;
#pragma unroll
        for (int i = 0; i < 4; i++)
#pragma unroll
            for (int j = 0; j < 4; j++) {
                const int64 pixel = first_pixel + thread / 8 * 4 + i;
                const int n = first_target + thread % 8 * 4 + j;
                if (pixel < pixels && n < p.targets)
                    target[pixel * p.targets + n] = narrow<T>(sums[output][i][j] + (bias ? bias[n] + (joined ? p.column_bias[n] : 0) : 0));
            }
    }
}

#define PLAIN_CROSS(name, T, joined, transposed)                                                                                                          \
    KERNEL(128)                                                                                                                                           \
    name(const T* __restrict__ row_source, const T* __restrict__ column_source, const T* __restrict__ row_weight, const T* __restrict__ column_weight,    \
        const float* __restrict__ row_bias, const float* __restrict__ column_bias, T* row_target, T* column_target, int images, int height, int width,    \
        int sources, int targets, int k) {                                                                                                                \
        plain_cross<T, joined, transposed>({row_source, column_source, row_weight, column_weight, row_bias, column_bias, row_target, column_target,       \
            images, height, width, sources, targets, k});                                                                                                 \
    }

PLAIN_CROSS(cross_split_f32, float, false, false)
PLAIN_CROSS(cross_split_bf16, bf16, false, false)
PLAIN_CROSS(cross_split_transposed_f32, float, false, true)
PLAIN_CROSS(cross_split_transposed_bf16, bf16, false, true)
PLAIN_CROSS(cross_joined_f32, float, true, false)
PLAIN_CROSS(cross_joined_bf16, bf16, true, false)
PLAIN_CROSS(cross_joined_transposed_f32, float, true, true)
PLAIN_CROSS(cross_joined_transposed_bf16, bf16, true, true)

// A block adds one tap's 32 target × 32 source channels over a run of pixels, a thread 2 × 2 of them. Block x: tiles of channels, the source's neighbours;
// y: taps of the 1×k kernel, then of the k×1 kernel; z: runs of pixels, whose sums lie `stride` apart.
template <typename T>
DEVICE void plain_cross_weight(const T* row_source, const T* column_source, const T* row_dy, const T* column_dy, float* drow, float* dcolumn, int64 stride,
    int images, int height, int width, int sources, int targets, int k) {
    __shared__ float a[depth][channel_tile + 1], b[depth][channel_tile + 1];
    const bool column = block_y() >= k;
    const int thread = thread_x(), tap = column ? block_y() - k : block_y(), dy = column ? tap - k / 2 : 0, dx = column ? 0 : tap - k / 2;
    const int across = (sources + channel_tile - 1) / channel_tile;
    const int first_source = block_x() % across * channel_tile, first_target = block_x() / across * channel_tile;
    const T* source = column ? column_source : row_source;
    const T* gradient = column ? column_dy : row_dy;
    const int64 pixels = (int64)images * height * width;
    const int64 first = pixels * block_z() / blocks_z(), past = pixels * (block_z() + 1) / blocks_z();
    float sums[2][2] = {};
    for (int64 p = first; p < past; p += depth) {
        const int64 pixel = p + thread / 16;
        const int y = (int)(pixel / width % height) + dy, x = (int)(pixel % width) + dx;
        const bool inside = pixel < past && (uint32)y < (uint32)height && (uint32)x < (uint32)width;
        barrier();
#pragma unroll
        for (int e = 0; e < 2; e++) {
            const int c = thread % 16 + e * 16, o = first_target + c, i = first_source + c;
            a[thread / 16][c] = inside && o < targets ? widen(gradient[pixel * targets + o]) : 0;
            b[thread / 16][c] = inside && i < sources ? widen(source[(pixel + (int64)dy * width + dx) * sources + i]) : 0;
        }
        barrier();
#pragma unroll 4
        for (int d = 0; d < depth; d++)
#pragma unroll
            for (int m = 0; m < 2; m++)
#pragma unroll
                for (int n = 0; n < 2; n++)
                    sums[m][n] = fma_of(a[d][thread / 16 + m * 16], b[d][thread % 16 + n * 16], sums[m][n]);
    }
    float* weight = (column ? dcolumn : drow) + block_z() * stride;
#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
        for (int n = 0; n < 2; n++) {
            const int o = first_target + thread / 16 + m * 16, i = first_source + thread % 16 + n * 16;
            if (o < targets && i < sources)
                weight[((int64)o * k + tap) * sources + i] = sums[m][n];
        }
}

#define PLAIN_CROSS_WEIGHT(name, T)                                                                                                                       \
    KERNEL(256)                                                                                                                                           \
    name(const T* __restrict__ row_source, const T* __restrict__ column_source, const T* __restrict__ row_dy, const T* __restrict__ column_dy,            \
        float* drow, float* dcolumn, int64 stride, int images, int height, int width, int sources, int targets, int k) {                                  \
        plain_cross_weight(row_source, column_source, row_dy, column_dy, drow, dcolumn, stride, images, height, width, sources, targets, k);              \
    }

PLAIN_CROSS_WEIGHT(cross_weight_f32, float)
PLAIN_CROSS_WEIGHT(cross_weight_bf16, bf16)
