// Bilinear resampling with half-pixel centres, NHWC, and its gradient without atomics.
//
// Which source rows and columns an output reads and with what weight comes in tables, computed in double on the host. Forward: one thread per output pixel
// and run of channels. Gradient: each source pixel sums the window of output pixels that read it, with their weights, in a fixed order. That window is a few
// pixels when a map is doubled and the whole output when one pixel is spread over all of it, so the threads that share a window are as many as pay
// (windows.cuh).
//
// resized_taps is the rest of a transposed convolution of an enlarged map, whose products were made on the small map: (N, h, w, taps, channels). One thread per
// output pixel and run of channels adds up the taps that reach it, each interpolated; the small map stays in the cache. With a sum it may write over it.
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

template <typename T, int V>
DEVICE void resized_taps(const T* x, const T* sum, const tap* __restrict__ rows, const tap* __restrict__ columns, T* y, int height, int width,
    int map_height, int map_width, int out_height, int out_width, int channels, int pixels, int kernel_h, int kernel_w, int stride_h, int stride_w,
    int pad_h, int pad_w, int dilation_h, int dilation_w) {
    const int channel = pack_channel<V>(), p = block_x() * threads_y() + thread_y();
    if (channel >= channels || p >= pixels)
        return;
    const int out_x = p % out_width, out_y = p / out_width % out_height;
    const int64 cell = (int64)kernel_h * kernel_w * channels;
    const T* image = x + (int64)(p / out_width / out_height) * height * width * cell + channel;
    pack<V> total = sum ? load_pack<V>(sum + (int64)p * channels + channel) : fill_pack<V>(0);
    for (int ky = 0; ky < kernel_h; ky++) {
        const int down = out_y + pad_h - ky * dilation_h;
        if (down < 0 || down % stride_h != 0 || down / stride_h >= map_height)
            continue;
        const tap row = rows[down / stride_h];
        for (int kx = 0; kx < kernel_w; kx++) {
            const int across = out_x + pad_w - kx * dilation_w;
            if (across < 0 || across % stride_w != 0 || across / stride_w >= map_width)
                continue;
            const tap column = columns[across / stride_w];
            const T* taps = image + (int64)(ky * kernel_w + kx) * channels;
            const T* top = taps + (int64)row.low * width * cell;
            const T* bottom = taps + (int64)row.high * width * cell;
            add_scaled(total, (1 - row.weight) * (1 - column.weight), load_pack<V>(top + column.low * cell));
            add_scaled(total, (1 - row.weight) * column.weight, load_pack<V>(top + column.high * cell));
            add_scaled(total, row.weight * (1 - column.weight), load_pack<V>(bottom + column.low * cell));
            add_scaled(total, row.weight * column.weight, load_pack<V>(bottom + column.high * cell));
        }
    }
    store_pack<V>(y + (int64)p * channels + channel, total);
}

#define RESIZED_TAPS(name, T, V)                                                                                                                    \
    KERNEL(256) name(const T* x, const T* sum, const tap* __restrict__ rows, const tap* __restrict__ columns, T* y, int height, int width,          \
        int map_height, int map_width, int out_height, int out_width, int channels, int pixels, int kernel_h, int kernel_w, int stride_h,           \
        int stride_w, int pad_h, int pad_w, int dilation_h, int dilation_w) {                                                                       \
        resized_taps<T, V>(x, sum, rows, columns, y, height, width, map_height, map_width, out_height, out_width, channels, pixels, kernel_h,       \
            kernel_w, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w);                                                                    \
    }
RESIZED_TAPS(resized_taps_f32, float, 1)
RESIZED_TAPS(resized_taps_f32x4, float, 4)
RESIZED_TAPS(resized_taps_bf16, bf16, 1)
RESIZED_TAPS(resized_taps_bf16x8, bf16, 8)
