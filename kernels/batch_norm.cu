// Batch normalisation of (pixels × channels), in training and with given statistics, with a residual and a ReLU behind it, and its gradients.
//
// Every kernel walks the map in slices of pixels: a block owns the runs of channels of one tile (block_y) in one slice (block_x), a thread one run of
// channels and every threads_y()-th pixel, so that what belongs to a channel stays in registers. Sums go through shared memory into one partial result
// per slice and channel, which a second small kernel merges: everything is added in a fixed order.
//
// Bytes, as multiples of one activation tensor (R read, W written):
//   training             2 R + 1 W   statistics in one pass (x), then x → y; + 1 R with a residual
//   given statistics     1 R + 1 W   + 1 R with a residual
//   gradient             4 R + 1 W   sums over dy and x, then dy and x → dx; the ReLU's mask is computed again from x
//   … behind a residual  5 R + 2 W   with a ReLU the mask is read from y once and the masked dy, the residual's gradient, is written by the first pass
// FLOPs per element: training 9, given statistics 3, gradient 12. All of it is far below the memory's pace.
// The second pass begins with the slices that the first read last: what is left of them in the cache need not be read again.
#include "packs.cuh"

// Pixels whose loads a thread has under way at once.
constexpr int batch = 4;

// Count, mean and sum of squared deviations of a set of numbers, merged as Chan, Golub and LeVeque (1979) do: no difference of large sums is taken.
template <int V> struct moments {
    float count;
    pack<V> mean, squares;
};

template <int V> DEVICE void merge(moments<V>& a, float count, pack<V> mean, pack<V> squares) {
    const float total = a.count + count, share = count > 0 ? count / total : 0;
#pragma unroll
    for (int i = 0; i < V; i++) {
        const float apart = mean.at[i] - a.mean.at[i];
        a.mean.at[i] = fma_of(apart, share, a.mean.at[i]);
        a.squares.at[i] += squares.at[i] + apart * apart * (a.count * share);
    }
    a.count = total;
}

// Takes N numbers per channel in: their own mean and deviations first, then the merger.
template <int N, int V> DEVICE void take(moments<V>& into, const pack<V> (&x)[N]) {
    pack<V> mean, squares;
#pragma unroll
    for (int i = 0; i < V; i++) {
        float sum = x[0].at[i];
#pragma unroll
        for (int k = 1; k < N; k++)
            sum += x[k].at[i];
        mean.at[i] = sum * (1.0f / N);
        squares.at[i] = 0;
#pragma unroll
        for (int k = 0; k < N; k++)
            squares.at[i] += (x[k].at[i] - mean.at[i]) * (x[k].at[i] - mean.at[i]);
    }
    merge(into, float(N), mean, squares);
}

// Merges the moments of all threads along thread_y(); those of thread_y() = 0 hold the result.
template <int V> DEVICE void merge_lanes(moments<V>& x) {
    __shared__ float counts[block_threads], means[V][block_threads], squares[V][block_threads];
    const int lane = thread_y(), own = lane * threads_x() + thread_x();
    for (int half = threads_y() / 2; half > 0; half /= 2) {
        if (lane >= half && lane < 2 * half) {
            counts[own] = x.count;
#pragma unroll
            for (int i = 0; i < V; i++)
                means[i][own] = x.mean.at[i], squares[i][own] = x.squares.at[i];
        }
        barrier();
        if (lane < half) {
            const int other = own + half * threads_x();
            pack<V> mean, square;
#pragma unroll
            for (int i = 0; i < V; i++)
                mean.at[i] = means[i][other], square.at[i] = squares[i][other];
            merge(x, counts[other], mean, square);
        }
    }
}

// The pixels of this thread in one slice: first, first + step, … below past.
struct span {
    int64 first, past;
    int step;
};

DEVICE span slice_of(int slice, int64 per_slice, int64 pixels) {
    const int64 first = slice * per_slice, past = first + per_slice;
    return {first + thread_y(), past < pixels ? past : pixels, threads_y()};
}

template <int V> DEVICE void subtract(pack<V>& x, pack<V> y) {
#pragma unroll
    for (int i = 0; i < V; i++)
        x.at[i] -= y.at[i];
}

// Mean and squared deviations of each slice → means, squares (slices, channels), and the first pixel → pivots (channels). Means are counted from the first
// pixel, because a mean thousands of deviations from 0 would lose digits each time it is rounded.
template <typename T, int V>
DEVICE void statistics(const T* __restrict__ x, float* __restrict__ means, float* __restrict__ squares, float* __restrict__ pivots, int channels, int64 pixels,
    int64 per_slice) {
    const int channel = pack_channel<V>();
    moments<V> sum{0, fill_pack<V>(0), fill_pack<V>(0)};
    if (channel < channels) {
        const pack<V> pivot = load_pack<V>(x + channel);
        if (block_x() == 0 && thread_y() == 0)
            store_pack<V>(pivots + channel, pivot);
        const span own = slice_of(block_x(), per_slice, pixels);
        const int64 stride = (int64)own.step * channels;
        const T* at = x + own.first * channels + channel;
        int64 p = own.first;
        for (; p + (batch - 1) * own.step < own.past; p += batch * own.step, at += batch * stride) {
            pack<V> several[batch];
#pragma unroll
            for (int k = 0; k < batch; k++)
                several[k] = load_pack<V>(at + k * stride);
#pragma unroll
            for (int k = 0; k < batch; k++)
                subtract(several[k], pivot);
            take(sum, several);
        }
        for (; p < own.past; p += own.step, at += stride) {
            pack<V> one[1] = {load_pack<V>(at)};
            subtract(one[0], pivot);
            take(sum, one);
        }
    }
    merge_lanes(sum);
    if (thread_y() == 0 && channel < channels) {
        store_pack<V>(means + (int64)block_x() * channels + channel, sum.mean);
        store_pack<V>(squares + (int64)block_x() * channels + channel, sum.squares);
    }
}

#define STATISTICS(name, T, V)                                                                                                                       \
    KERNEL(256) name(const T* __restrict__ x, float* __restrict__ means, float* __restrict__ squares, float* __restrict__ pivots, int channels,      \
        int64 pixels, int64 per_slice) {                                                                                                             \
        statistics<T, V>(x, means, squares, pivots, channels, pixels, per_slice);                                                                    \
    }
STATISTICS(batch_norm_statistics_f32, float, 1)
STATISTICS(batch_norm_statistics_f32x4, float, 4)
STATISTICS(batch_norm_statistics_bf16, bf16, 1)
STATISTICS(batch_norm_statistics_bf16x8, bf16, 8)

// The moments of a channel's slices; those of thread_y() = 0 hold the result, its mean counted from the pivot.
DEVICE moments<1> merge_slices(const float* means, const float* squares, int slices, int channel, int channels, int64 pixels, int64 per_slice) {
    moments<1> sum{0, fill_pack<1>(0), fill_pack<1>(0)};
    if (channel < channels) {
        for (int slice = thread_y(); slice < slices; slice += threads_y()) {
            const int64 rest = pixels - slice * per_slice;
            const int64 at = (int64)slice * channels + channel;
            merge(sum, float(rest < per_slice ? rest : per_slice), {{means[at]}}, {{squares[at]}});
        }
    }
    merge_lanes(sum);
    return sum;
}

// What is kept of moments: mean and 1/√(variance + ε); and the running statistics move towards the new ones (the variance unbiased).
DEVICE void keep(int channel, float centre, float squares, float pixels, float momentum, float epsilon, float* mean, float* inverse, float* running_mean,
    float* running_var) {
    mean[channel] = centre;
    inverse[channel] = 1.0f / __builtin_sqrtf(squares / pixels + epsilon);
    running_mean[channel] += momentum * (centre - running_mean[channel]);
    running_var[channel] += momentum * (squares / (pixels - 1) - running_var[channel]);
}

// Merges the slices' moments and keeps what comes of them. Blocks of 8 channels × 32 lanes that share the slices.
KERNEL(256) batch_norm_finish(const float* __restrict__ means, const float* __restrict__ squares, const float* __restrict__ pivots, int slices, int channels,
    int64 pixels, int64 per_slice, float momentum, float epsilon, float* __restrict__ mean, float* __restrict__ inverse,
    float* __restrict__ running_mean, float* __restrict__ running_var) {
    const int channel = block_x() * threads_x() + thread_x();
    const moments<1> sum = merge_slices(means, squares, slices, channel, channels, pixels, per_slice);
    if (thread_y() == 0 && channel < channels)
        keep(channel, pivots[channel] + sum.mean.at[0], sum.squares.at[0], float(pixels), momentum, epsilon, mean, inverse, running_mean, running_var);
}

// Where several ranks train: merges the slices' moments into this rank's, (mean; squared deviations) × channels. Blocks as above.
KERNEL(256) batch_norm_moments(const float* __restrict__ means, const float* __restrict__ squares, const float* __restrict__ pivots, int slices,
    int channels, int64 pixels, int64 per_slice, float* __restrict__ own) {
    const int channel = block_x() * threads_x() + thread_x();
    const moments<1> sum = merge_slices(means, squares, slices, channel, channels, pixels, per_slice);
    if (thread_y() == 0 && channel < channels) {
        own[channel] = pivots[channel] + sum.mean.at[0];
        own[channels + channel] = sum.squares.at[0];
    }
}

// Merges the moments of all ranks, ranks × (mean; squared deviations) × channels, in their order, and keeps what comes of them. pixels: those of one rank.
KERNEL(256) batch_norm_ranks(const float* __restrict__ all, int ranks, int channels, int64 pixels, float momentum, float epsilon, float* __restrict__ mean,
    float* __restrict__ inverse, float* __restrict__ running_mean, float* __restrict__ running_var) {
    for (int64 c = grid_thread(); c < channels; c += grid_threads()) {
        // Means are counted from the first rank's, as those of slices from a pixel.
        moments<1> sum{0, fill_pack<1>(0), fill_pack<1>(0)};
        for (int rank = 0; rank < ranks; rank++)
            merge(sum, float(pixels), {{all[(int64)2 * rank * channels + c] - all[c]}}, {{all[(int64)(2 * rank + 1) * channels + c]}});
        keep((int)c, all[c] + sum.mean.at[0], sum.squares.at[0], float(pixels * ranks), momentum, epsilon, mean, inverse, running_mean, running_var);
    }
}

// The running statistics as those to normalise by.
KERNEL(256) batch_norm_running(const float* __restrict__ running_mean, const float* __restrict__ running_var, float epsilon,
    float* __restrict__ mean, float* __restrict__ inverse, int channels) {
    for (int64 c = grid_thread(); c < channels; c += grid_threads()) {
        mean[c] = running_mean[c];
        inverse[c] = 1.0f / __builtin_sqrtf(running_var[c] + epsilon);
    }
}

// What a thread keeps of its channels to normalise with.
template <int V> struct affine { pack<V> mean, scale, shift; };

template <int V> DEVICE affine<V> load_affine(const float* weight, const float* bias, const float* mean, const float* inverse, int channel) {
    affine<V> r{load_pack<V>(mean + channel), load_pack<V>(weight + channel), load_pack<V>(bias + channel)};
    const pack<V> scale = load_pack<V>(inverse + channel);
#pragma unroll
    for (int i = 0; i < V; i++)
        r.scale.at[i] *= scale.at[i];
    return r;
}

// (x − mean)·scale + shift, not x·scale + shift': a mean far from 0 would cost digits. Forward and gradient call this one function, so that the
// gradient finds the very sign the ReLU saw.
template <int V> DEVICE float normalised(const affine<V>& by, float x, int i) { return fma_of(x - by.mean.at[i], by.scale.at[i], by.shift.at[i]); }

template <typename T, int V, int N>
DEVICE void normalise_several(const affine<V>& by, const T* x, const T* residual, T* y, int64 at, int64 stride, float floor) {
    pack<V> several[N], added[N];
#pragma unroll
    for (int k = 0; k < N; k++) {
        several[k] = load_pack<V>(x + at + k * stride);
        added[k] = residual ? load_pack<V>(residual + at + k * stride) : fill_pack<V>(0);
    }
#pragma unroll
    for (int k = 0; k < N; k++) {
#pragma unroll
        for (int i = 0; i < V; i++) {
            const float v = normalised(by, several[k].at[i], i) + added[k].at[i];
            // Not a maximum, which would turn NaN into 0 and hide where a training run broke.
            several[k].at[i] = v < floor ? floor : v;
        }
        store_pack<V>(y + at + k * stride, several[k]);
    }
}

// y = (x − mean)·weight·inverse + bias [+ residual], no less than floor, which is 0 for a ReLU and −∞ without; y may be x.
template <typename T, int V>
DEVICE void normalise(const T* x, const T* residual, const float* __restrict__ weight, const float* __restrict__ bias, const float* __restrict__ mean,
    const float* __restrict__ inverse, T* y, float floor, int channels, int64 pixels, int64 per_slice) {
    const int channel = pack_channel<V>();
    if (channel >= channels)
        return;
    const affine<V> by = load_affine<V>(weight, bias, mean, inverse, channel);
    const span own = slice_of(blocks_x() - 1 - block_x(), per_slice, pixels);
    const int64 stride = (int64)own.step * channels;
    int64 p = own.first, at = own.first * channels + channel;
    for (; p + (batch - 1) * own.step < own.past; p += batch * own.step, at += batch * stride)
        normalise_several<T, V, batch>(by, x, residual, y, at, stride, floor);
    for (; p < own.past; p += own.step, at += stride)
        normalise_several<T, V, 1>(by, x, residual, y, at, stride, floor);
}

#define NORMALISE(name, T, V)                                                                                                                    \
    KERNEL(256) name(const T* x, const T* residual, const float* __restrict__ weight, const float* __restrict__ bias,                            \
        const float* __restrict__ mean, const float* __restrict__ inverse, T* y, float floor, int channels, int64 pixels, int64 per_slice) {      \
        normalise<T, V>(x, residual, weight, bias, mean, inverse, y, floor, channels, pixels, per_slice);                                        \
    }
NORMALISE(batch_norm_normalise_f32, float, 1)
NORMALISE(batch_norm_normalise_f32x4, float, 4)
NORMALISE(batch_norm_normalise_bf16, bf16, 1)
NORMALISE(batch_norm_normalise_bf16x8, bf16, 8)

// How the gradient finds where the ReLU was open.
enum mask_source { mask_none = 0, mask_from_y = 1, mask_from_x = 2 };

template <typename T, int V, int N>
DEVICE void sum_several(const affine<V>& by, const T* dy, const T* x, const T* y, T* masked, int64 at, int64 stride, int mask, pack<V>& sum, pack<V>& sum_x) {
    pack<V> gradient[N], value[N], output[N];
#pragma unroll
    for (int k = 0; k < N; k++) {
        gradient[k] = load_pack<V>(dy + at + k * stride);
        value[k] = load_pack<V>(x + at + k * stride);
        output[k] = mask == mask_from_y ? load_pack<V>(y + at + k * stride) : fill_pack<V>(1);
    }
#pragma unroll
    for (int k = 0; k < N; k++) {
#pragma unroll
        for (int i = 0; i < V; i++) {
            const float seen = mask == mask_from_x ? normalised(by, value[k].at[i], i) : output[k].at[i];
            const float dz = seen > 0 ? gradient[k].at[i] : 0;
            gradient[k].at[i] = dz;
            sum.at[i] += dz;
            sum_x.at[i] = fma_of(dz, value[k].at[i] - by.mean.at[i], sum_x.at[i]);
        }
        if (mask == mask_from_y)
            store_pack<V>(masked + at + k * stride, gradient[k]);
    }
}

// Σ dz and Σ dz·(x − mean) of each slice → sums, sums_x (slices, channels), dz being dy where the ReLU was open. With the mask from y, dz → masked.
template <typename T, int V>
DEVICE void gradient_sums(const T* __restrict__ dy, const T* __restrict__ x, const T* __restrict__ y, const float* __restrict__ weight,
    const float* __restrict__ bias, const float* __restrict__ mean, const float* __restrict__ inverse, T* __restrict__ masked, float* __restrict__ sums,
    float* __restrict__ sums_x, int mask, int channels, int64 pixels, int64 per_slice) {
    const int channel = pack_channel<V>();
    pack<V> sum = fill_pack<V>(0), sum_x = fill_pack<V>(0);
    if (channel < channels) {
        const affine<V> by = load_affine<V>(weight, bias, mean, inverse, channel);
        const span own = slice_of(block_x(), per_slice, pixels);
        const int64 stride = (int64)own.step * channels;
        int64 p = own.first, at = own.first * channels + channel;
        // Of eight channels so many at a time that two blocks find registers: as many bytes under way as of one block with twice as many.
        constexpr int some = V == 8 ? batch / 2 : batch;
        for (; p + (some - 1) * own.step < own.past; p += some * own.step, at += some * stride)
            sum_several<T, V, some>(by, dy, x, y, masked, at, stride, mask, sum, sum_x);
        for (; p < own.past; p += own.step, at += stride)
            sum_several<T, V, 1>(by, dy, x, y, masked, at, stride, mask, sum, sum_x);
    }
    pack<2 * V> both;
#pragma unroll
    for (int i = 0; i < V; i++)
        both.at[i] = sum.at[i], both.at[V + i] = sum_x.at[i];
    sum_lanes(both, threads_y());
    if (thread_y() == 0 && channel < channels) {
#pragma unroll
        for (int i = 0; i < V; i++)
            sum.at[i] = both.at[i], sum_x.at[i] = both.at[V + i];
        store_pack<V>(sums + (int64)block_x() * channels + channel, sum);
        store_pack<V>(sums_x + (int64)block_x() * channels + channel, sum_x);
    }
}

#define GRADIENT_SUMS(name, T, V)                                                                                                                   \
    KERNEL(256, 2) name(const T* __restrict__ dy, const T* __restrict__ x, const T* __restrict__ y, const float* __restrict__ weight,               \
        const float* __restrict__ bias, const float* __restrict__ mean, const float* __restrict__ inverse, T* __restrict__ masked,                  \
        float* __restrict__ sums, float* __restrict__ sums_x, int mask, int channels, int64 pixels, int64 per_slice) {                              \
        gradient_sums<T, V>(dy, x, y, weight, bias, mean, inverse, masked, sums, sums_x, mask, channels, pixels, per_slice);                        \
    }
GRADIENT_SUMS(batch_norm_gradient_sums_f32, float, 1)
GRADIENT_SUMS(batch_norm_gradient_sums_f32x4, float, 4)
GRADIENT_SUMS(batch_norm_gradient_sums_bf16, bf16, 1)
GRADIENT_SUMS(batch_norm_gradient_sums_bf16x8, bf16, 8)

// Adds the slices up: dbias = Σ dz, dweight = Σ dz·(x − mean)·inverse. Blocks of 8 channels × 32 lanes.
KERNEL(256) batch_norm_gradient_finish(const float* __restrict__ sums, const float* __restrict__ sums_x, const float* __restrict__ inverse, int slices,
    int channels, float* __restrict__ dweight, float* __restrict__ dbias) {
    const int channel = block_x() * threads_x() + thread_x();
    pack<2> total = fill_pack<2>(0);
    if (channel < channels) {
        for (int slice = thread_y(); slice < slices; slice += threads_y()) {
            total.at[0] += sums[(int64)slice * channels + channel];
            total.at[1] += sums_x[(int64)slice * channels + channel];
        }
    }
    sum_lanes(total, threads_y());
    if (thread_y() == 0 && channel < channels) {
        dbias[channel] = total.at[0];
        dweight[channel] = total.at[1] * inverse[channel];
    }
}

template <typename T, int V, int N>
DEVICE void spread_several(const affine<V>& by, const pack<V>& slope, const pack<V>& offset, const T* dz, const T* x, T* dx, int64 at, int64 stride,
    bool mask) {
    pack<V> gradient[N], value[N];
#pragma unroll
    for (int k = 0; k < N; k++) {
        gradient[k] = load_pack<V>(dz + at + k * stride);
        value[k] = load_pack<V>(x + at + k * stride);
    }
#pragma unroll
    for (int k = 0; k < N; k++) {
#pragma unroll
        for (int i = 0; i < V; i++) {
            const float g = mask && !(normalised(by, value[k].at[i], i) > 0) ? 0 : gradient[k].at[i];
            gradient[k].at[i] = fma_of(by.scale.at[i], g, fma_of(slope.at[i], value[k].at[i] - by.mean.at[i], offset.at[i]));
        }
        store_pack<V>(dx + at + k * stride, gradient[k]);
    }
}

// dx = weight·inverse·(dz − share·dbias − share·dweight·inverse·(x − mean)); share is 1/pixels in training and 0 with given statistics.
// dz is dy masked from x if mask is set; dx may be dy.
template <typename T, int V>
DEVICE void gradient_spread(const T* dz, const T* x, const float* __restrict__ weight, const float* __restrict__ bias, const float* __restrict__ mean,
    const float* __restrict__ inverse, const float* __restrict__ dweight, const float* __restrict__ dbias, T* dx, bool mask, float share,
    int channels, int64 pixels, int64 per_slice) {
    const int channel = pack_channel<V>();
    if (channel >= channels)
        return;
    const affine<V> by = load_affine<V>(weight, bias, mean, inverse, channel);
    pack<V> slope = load_pack<V>(dweight + channel), offset = load_pack<V>(dbias + channel);
    const pack<V> deviation = load_pack<V>(inverse + channel);
#pragma unroll
    for (int i = 0; i < V; i++) {
        slope.at[i] *= -by.scale.at[i] * deviation.at[i] * share;
        offset.at[i] *= -by.scale.at[i] * share;
    }
    const span own = slice_of(blocks_x() - 1 - block_x(), per_slice, pixels);
    const int64 stride = (int64)own.step * channels;
    int64 p = own.first, at = own.first * channels + channel;
    for (; p + (batch - 1) * own.step < own.past; p += batch * own.step, at += batch * stride)
        spread_several<T, V, batch>(by, slope, offset, dz, x, dx, at, stride, mask);
    for (; p < own.past; p += own.step, at += stride)
        spread_several<T, V, 1>(by, slope, offset, dz, x, dx, at, stride, mask);
}

#define GRADIENT_SPREAD(name, T, V)                                                                                                                  \
    KERNEL(256) name(const T* dz, const T* x, const float* __restrict__ weight, const float* __restrict__ bias, const float* __restrict__ mean,      \
        const float* __restrict__ inverse, const float* __restrict__ dweight, const float* __restrict__ dbias, T* dx, int mask, float share,         \
        int channels, int64 pixels, int64 per_slice) {                                                                                               \
        gradient_spread<T, V>(dz, x, weight, bias, mean, inverse, dweight, dbias, dx, mask != 0, share, channels, pixels, per_slice);                 \
    }
GRADIENT_SPREAD(batch_norm_gradient_f32, float, 1)
GRADIENT_SPREAD(batch_norm_gradient_f32x4, float, 4)
GRADIENT_SPREAD(batch_norm_gradient_bf16, bf16, 1)
GRADIENT_SPREAD(batch_norm_gradient_bf16x8, bf16, 8)
