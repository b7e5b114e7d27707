// Bilinear resampling with half-pixel centres, NHWC, and its gradient without atomics.
//
// Which source rows and columns an output reads and with what weight comes in tables, computed in double on the host. Forward: one thread per output pixel
// and run of channels. Gradient: each source pixel sums the window of output pixels that read it, with their weights, in a fixed order. That window is a few
// pixels when a map is doubled and the whole output when one pixel is spread over all of it, so the threads that share a window are as many as pay
// (windows.cuh).
//
// Bytes: forward writes y once and reads x from the cache (4 reads per output); the gradient reads dy once from memory, up to 4 times from the cache, and
// writes dx once. FLOPs: 8 per output element forward, 8 per element of dy in the gradient.
#include "windows.cuh"

// The two source positions an output position reads and the weight of the second.
struct tap {
    int low, high;
    float weight;
};

template <typename T, int V>
DEVICE void bilinear(const T* __restrict__ x, const tap* __restrict__ rows, const tap* __restrict__ columns, T* __restrict__ y, int height, int width,
    int out_height, int out_width, int channels, int pixels) {
    const int channel = pack_channel<V>(), p = block_x() * threads_y() + thread_y();
    if (channel >= channels || p >= pixels)
        return;
    const tap row = rows[p / out_width % out_height], column = columns[p % out_width];
    const T* plane = x + (int64)(p / out_width / out_height) * height * width * channels + channel;
    const T* top = plane + (int64)row.low * width * channels;
    const T* bottom = plane + (int64)row.high * width * channels;
    const int64 left = (int64)column.low * channels, right = (int64)column.high * channels;
    pack<V> sum = fill_pack<V>(0);
    add_scaled(sum, (1 - row.weight) * (1 - column.weight), load_pack<V>(top + left));
    add_scaled(sum, (1 - row.weight) * column.weight, load_pack<V>(top + right));
    add_scaled(sum, row.weight * (1 - column.weight), load_pack<V>(bottom + left));
    add_scaled(sum, row.weight * column.weight, load_pack<V>(bottom + right));
    store_pack<V>(y + (int64)p * channels + channel, sum);
}

#define BILINEAR(name, T, V)                                                                                                                        \
    KERNEL(256) name(const T* __restrict__ x, const tap* __restrict__ rows, const tap* __restrict__ columns, T* __restrict__ y, int height,         \
        int width, int out_height, int out_width, int channels, int pixels) {                                                                       \
        bilinear<T, V>(x, rows, columns, y, height, width, out_height, out_width, channels, pixels);                                                \
    }
BILINEAR(bilinear_f32, float, 1)
BILINEAR(bilinear_f32x4, float, 4)
BILINEAR(bilinear_bf16, bf16, 1)
BILINEAR(bilinear_bf16x8, bf16, 8)
WINDOW_SUMS(bilinear_gradient_f32, float, 1, float)
WINDOW_SUMS(bilinear_gradient_f32x4, float, 4, float)
WINDOW_SUMS(bilinear_gradient_bf16, bf16, 1, bf16)
WINDOW_SUMS(bilinear_gradient_bf16x8, bf16, 8, bf16)
WINDOW_TOTALS(bilinear_gradient_total_f32, float)
WINDOW_TOTALS(bilinear_gradient_total_bf16, bf16)
