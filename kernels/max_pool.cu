// Maxima over windows with their places, the scatter back to those places, and the gather from them; NHWC, places flat within each plane.
//
// One thread per output pixel and run of channels. The scatter is a gather wherever the places are known to come from a pooling of that very plane: each
// output pixel looks through the few windows that hold it, in order, for its own place. Places of unknown origin are added one after another, one thread
// per plane, because any two may be alike and sums must not depend on chance: slow, and used by no network.
//
// Bytes: maxima read x once and write y and the places (4 bytes each); the scatter reads x and places once from memory and writes y once; the gather reads
// the places and as much of x as it takes. No arithmetic to speak of.
#include "packs.cuh"

template <int V> struct places { int at[V]; };

template <int V> DEVICE places<V> load_places(const int* p) {
    places<V> r;
    if constexpr (V == 1)
        r.at[0] = *p;
    else {
#pragma unroll
        for (int i = 0; i < V; i += 4) {
            const uint4 four = *reinterpret_cast<const uint4*>(p + i);
#pragma unroll
            for (int k = 0; k < 4; k++)
                r.at[i + k] = (int)four[k];
        }
    }
    return r;
}

template <int V> DEVICE void store_places(int* p, places<V> x) {
    if constexpr (V == 1)
        *p = x.at[0];
    else {
#pragma unroll
        for (int i = 0; i < V; i += 4)
            *reinterpret_cast<uint4*>(p + i) = uint4{(uint32)x.at[i], (uint32)x.at[i + 1], (uint32)x.at[i + 2], (uint32)x.at[i + 3]};
    }
}

// y = the largest of each window, of equals the first; NaN is larger than anything, and the last NaN's place counts, as in PyTorch.
template <typename T, int V>
DEVICE void max_pool(const T* __restrict__ x, T* __restrict__ y, int* __restrict__ indices, int kernel, int stride, int padding, int height, int width,
    int out_height, int out_width, int channels, int pixels) {
    const int channel = pack_channel<V>(), p = block_x() * threads_y() + thread_y();
    if (channel >= channels || p >= pixels)
        return;
    const int j = p % out_width * stride - padding, i = p / out_width % out_height * stride - padding;
    const int top = max_of(i, 0), left = max_of(j, 0), bottom = min_of(i + kernel, height), right = min_of(j + kernel, width);
    const T* plane = x + (int64)(p / out_width / out_height) * height * width * channels + channel;
    pack<V> best = load_pack<V>(plane + ((int64)top * width + left) * channels);
    places<V> at;
#pragma unroll
    for (int c = 0; c < V; c++)
        at.at[c] = top * width + left;
    for (int v = top; v < bottom; v++) {
        for (int u = left; u < right; u++) {
            const int place = v * width + u;
            const pack<V> here = load_pack<V>(plane + (int64)place * channels);
#pragma unroll
            for (int c = 0; c < V; c++) {
                const bool better = here.at[c] > best.at[c] || here.at[c] != here.at[c];
                best.at[c] = better ? here.at[c] : best.at[c];
                at.at[c] = better ? place : at.at[c];
            }
        }
    }
    store_pack<V>(y + (int64)p * channels + channel, best);
    store_places<V>(indices + (int64)p * channels + channel, at);
}

#define MAX_POOL(name, T, V)                                                                                                                        \
    KERNEL(256) name(const T* __restrict__ x, T* __restrict__ y, int* __restrict__ indices, int kernel, int stride, int padding, int height,        \
        int width, int out_height, int out_width, int channels, int pixels) {                                                                       \
        max_pool<T, V>(x, y, indices, kernel, stride, padding, height, width, out_height, out_width, channels, pixels);                             \
    }
MAX_POOL(max_pool_f32, float, 1)
MAX_POOL(max_pool_f32x4, float, 4)
MAX_POOL(max_pool_bf16, bf16, 1)
MAX_POOL(max_pool_bf16x8, bf16, 8)

// y (·, height, width, channels) = Σ of those x (·, x_height, x_width, channels) whose place this is, the places being those of a pooling of this plane.
template <typename T, int V>
DEVICE void max_unpool(const T* __restrict__ x, const int* __restrict__ indices, T* __restrict__ y, int kernel, int stride, int padding, int height, int width,
    int x_height, int x_width, int channels, int pixels) {
    const int channel = pack_channel<V>(), p = block_x() * threads_y() + thread_y();
    if (channel >= channels || p >= pixels)
        return;
    const int u = p % width, v = p / width % height, place = v * width + u;
    const int64 plane = (int64)(p / width / height) * x_height * x_width;
    // Windows i·stride − padding … i·stride − padding + kernel − 1 that hold v.
    const int first_i = max_of(0, v + padding - kernel + stride) / stride, first_j = max_of(0, u + padding - kernel + stride) / stride;
    const int last_i = min_of((v + padding) / stride, x_height - 1), last_j = min_of((u + padding) / stride, x_width - 1);
    pack<V> sum = fill_pack<V>(0);
    for (int i = first_i; i <= last_i; i++) {
        for (int j = first_j; j <= last_j; j++) {
            const int64 from = (plane + (int64)i * x_width + j) * channels + channel;
            const places<V> at = load_places<V>(indices + from);
            const pack<V> here = load_pack<V>(x + from);
#pragma unroll
            for (int c = 0; c < V; c++)
                sum.at[c] += at.at[c] == place ? here.at[c] : 0;
        }
    }
    store_pack<V>(y + (int64)p * channels + channel, sum);
}

#define MAX_UNPOOL(name, T, V)                                                                                                                      \
    KERNEL(256) name(const T* __restrict__ x, const int* __restrict__ indices, T* __restrict__ y, int kernel, int stride, int padding, int height,  \
        int width, int x_height, int x_width, int channels, int pixels) {                                                                           \
        max_unpool<T, V>(x, indices, y, kernel, stride, padding, height, width, x_height, x_width, channels, pixels);                               \
    }
MAX_UNPOOL(max_unpool_f32, float, 1)
MAX_UNPOOL(max_unpool_f32x4, float, 4)
MAX_UNPOOL(max_unpool_bf16, bf16, 1)
MAX_UNPOOL(max_unpool_bf16x8, bf16, 8)

// y, filled with zeros before, += x at its places, in the order of x's pixels: one thread per image and channel.
template <typename T>
DEVICE void unpool_in_order(const T* __restrict__ x, const int* __restrict__ indices, float* __restrict__ y, int64 x_plane, int64 y_plane, int channels,
    int64 planes) {
    for (int64 i = grid_thread(); i < planes; i += grid_threads()) {
        const int64 n = i / channels, channel = i - n * channels;
        for (int64 p = n * x_plane; p < (n + 1) * x_plane; p++)
            y[(n * y_plane + indices[p * channels + channel]) * channels + channel] += widen(x[p * channels + channel]);
    }
}

KERNEL(256) max_unpool_in_order_f32(const float* __restrict__ x, const int* __restrict__ indices, float* __restrict__ y, int64 x_plane, int64 y_plane,
    int channels, int64 planes) {
    unpool_in_order(x, indices, y, x_plane, y_plane, channels, planes);
}
KERNEL(256) max_unpool_in_order_bf16(const bf16* __restrict__ x, const int* __restrict__ indices, float* __restrict__ y, int64 x_plane, int64 y_plane,
    int channels, int64 planes) {
    unpool_in_order(x, indices, y, x_plane, y_plane, channels, planes);
}

// y (·, channels) = x (·, x_plane pixels, channels) at the places of y's elements; y_plane is the pixels of one image of y.
template <typename T, int V>
DEVICE void gather_plane(const T* __restrict__ x, const int* __restrict__ indices, T* __restrict__ y, int x_plane, int y_plane, int channels, int pixels) {
    const int channel = pack_channel<V>(), p = block_x() * threads_y() + thread_y();
    if (channel >= channels || p >= pixels)
        return;
    const T* plane = x + (int64)(p / y_plane) * x_plane * channels + channel;
    const int64 own = (int64)p * channels + channel;
    const places<V> at = load_places<V>(indices + own);
    pack<V> taken;
#pragma unroll
    for (int c = 0; c < V; c++)
        taken.at[c] = widen(plane[(int64)at.at[c] * channels + c]);
    store_pack<V>(y + own, taken);
}

#define GATHER_PLANE(name, T, V)                                                                                                              \
    KERNEL(256) name(const T* __restrict__ x, const int* __restrict__ indices, T* __restrict__ y, int x_plane, int y_plane, int channels,     \
        int pixels) {                                                                                                                         \
        gather_plane<T, V>(x, indices, y, x_plane, y_plane, channels, pixels);                                                                \
    }
GATHER_PLANE(gather_plane_f32, float, 1)
GATHER_PLANE(gather_plane_f32x4, float, 4)
GATHER_PLANE(gather_plane_bf16, bf16, 1)
GATHER_PLANE(gather_plane_bf16x8, bf16, 8)
