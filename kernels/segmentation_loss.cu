// Softmax cross-entropy plus location loss, and the gradient with respect to the logits.
// logits: images × pixels × classes; target: images × pixels int32, a pixel whose label is no class counts nowhere.
// sums: images × classes × 4: |y∩P|, |y|, |P|, and the counted weight of the whole batch.
// Bytes: logits and target once (gradient: and dlogits once); about 20 FLOPs and one exponential per logit in each pass. Three
// launches: one reduction pass that leaves the sums of each piece of an image, one block that adds the pieces in a fixed order and
// finishes the loss, one pointwise pass for the gradient. Up to 8 classes a thread holds a pixel and all its sums in registers; beyond,
// a warp shares a pixel and each lane holds the sums of its own classes.
#include "softmax.cuh"

// One piece's sums: the weighted cross-entropy, the counted weight, then |y∩P|, |y|, |P| per class.
DEVICE int64 piece_width(int classes) { return 2 + 3 * classes; }

// Blocks (pieces, images); partial: images × pieces × width.
template <int classes, typename T> DEVICE void loss_pieces(const T* logits, const int* target, const float* weights, int64 pixels, float* partial) {
    constexpr int width = 2 + 3 * classes;
    const int64 image = block_y() * pixels;
    float sums[width] = {};
    for (int64 i = grid_thread(); i < pixels; i += grid_threads()) {
        const int label = target[image + i];
        if ((uint32)label >= classes)
            continue;
        float p[classes];
        load_pixel(logits + (image + i) * classes, p);
        float chosen = p[0];
        for (int c = 1; c < classes; c++)
            chosen = c == label ? p[c] : chosen;
        const log_sum log = softmax_of(p);
        const float weight = weights[label];
        sums[0] += weight * (log.largest - chosen + log1p_of(log.rest));
        sums[1] += weight;
        for (int c = 0; c < classes; c++) {
            sums[2 + 3 * c] += c == label ? p[c] : 0;
            sums[3 + 3 * c] += c == label ? 1 : 0;
            sums[4 + 3 * c] += p[c];
        }
    }
    // Each warp adds up some of the sums over all threads.
    __shared__ float shared[width][256];
#pragma unroll
    for (int k = 0; k < width; k++)
        shared[k][thread_x()] = sums[k];
    barrier();
    const int lane = thread_x() % warp_size;
    for (int k = thread_x() / warp_size; k < width; k += 256 / warp_size) {
        float total = 0;
        for (int t = lane; t < 256; t += warp_size)
            total += shared[k][t];
        total = warp_sum(total);
        if (lane == 0)
            partial[((int64)block_y() * blocks_x() + block_x()) * width + k] = total;
    }
}

// Blocks (pieces / 8, images): each warp is a piece of its own.
template <typename T> DEVICE void loss_pieces_any(const T* logits, const int* target, const float* weights, int64 pixels, int classes, float* partial) {
    const int lane = thread_x() % warp_size;
    const int64 piece = grid_thread() / warp_size, pieces = grid_threads() / warp_size, image = block_y() * pixels;
    float entropy = 0, counted = 0, both[classes_per_lane] = {}, truth[classes_per_lane] = {}, predicted[classes_per_lane] = {};
    for (int64 i = piece; i < pixels; i += pieces) {
        const int label = target[image + i];
        if ((uint32)label >= (uint32)classes)
            continue;
        const T* x = logits + (image + i) * classes;
        const float chosen = widen(x[label]), weight = weights[label];
        float p[classes_per_lane];
        load_pixel_of_warp(x, classes, p);
        const log_sum log = softmax_of_warp(p);
        entropy += weight * (log.largest - chosen + log1p_of(log.rest));
        counted += weight;
        for (int k = 0; k < classes_per_lane; k++) {
            const bool own = label == lane + k * warp_size;
            both[k] += own ? p[k] : 0;
            truth[k] += own ? 1 : 0;
            predicted[k] += p[k];
        }
    }
    float* sums = partial + (block_y() * pieces + piece) * piece_width(classes);
    if (lane == 0) {
        sums[0] = entropy;
        sums[1] = counted;
    }
    for (int k = 0; k < classes_per_lane; k++) {
        const int c = lane + k * warp_size;
        if (c < classes) {
            sums[2 + 3 * c] = both[k];
            sums[3 + 3 * c] = truth[k];
            sums[4 + 3 * c] = predicted[k];
        }
    }
}

// The sum over the whole block of 1024, the same in every thread.
DEVICE float block_sum(float x) {
    __shared__ float shared[warp_size];
    x = warp_sum(x);
    barrier();
    if (thread_x() % warp_size == 0)
        shared[thread_x() / warp_size] = x;
    barrier();
    return warp_sum(shared[thread_x() % warp_size]);
}

// One block of 1024. totals: images × 2, scratch.
KERNEL(1024) segmentation_loss_finish(const float* partial, float* totals, int images, int classes, int pieces, float location_k, float entropy_weight,
                                      float location_weight, float* loss, float* parts, float* sums) {
    const int lane = thread_x() % warp_size, width = (int)piece_width(classes);
    for (int column = thread_x() / warp_size; column < images * width; column += 1024 / warp_size) {
        const int n = column / width, k = column % width;
        float total = 0;
        for (int piece = lane; piece < pieces; piece += warp_size)
            total += partial[((int64)n * pieces + piece) * width + k];
        total = warp_sum(total);
        if (lane == 0) {
            if (k < 2)
                totals[n * 2 + k] = total;
            else
                sums[((int64)n * classes + (k - 2) / 3) * 4 + (k - 2) % 3] = total;
        }
    }
    barrier();
    float entropy = 0, weight = 0, location = 0;
    for (int n = thread_x(); n < images; n += 1024) {
        entropy += totals[n * 2];
        weight += totals[n * 2 + 1];
    }
    for (int i = thread_x(); i < images * classes; i += 1024) {
        const float* s = sums + (int64)i * 4;
        if (i % classes > 0)
            location += 0.5f - (s[0] + location_k) / (s[1] + s[2] + 2 * location_k);
    }
    entropy = block_sum(entropy);
    weight = block_sum(weight);
    location = block_sum(location) / (float)(images * (classes - 1));
    for (int i = thread_x(); i < images * classes; i += 1024)
        sums[(int64)i * 4 + 3] = weight;
    if (thread_x() == 0) {
        const float mean = weight > 0 ? entropy / weight : 0;
        parts[0] = mean;
        parts[1] = location;
        *loss = entropy_weight * mean + location_weight * location;
    }
}

// Where several ranks train: what is averaged over them, (entropy, weight, location) of a rank's own batch.
KERNEL(32) segmentation_loss_share(const float* parts, const float* sums, float* own) {
    if (thread_x() == 0) {
        own[0] = parts[0] * sums[3];
        own[1] = sums[3];
        own[2] = parts[1];
    }
}

// The loss of all ranks' batches from those averages, in place of this rank's; entries: images × classes.
KERNEL(256) segmentation_loss_ranks(const float* means, int entries, float entropy_weight, float location_weight, float* loss, float* parts, float* sums) {
    const float entropy = means[0], weight = means[1], location = means[2];
    for (int i = thread_x(); i < entries; i += 256)
        sums[(int64)i * 4 + 3] = weight;
    if (thread_x() == 0) {
        const float mean = weight > 0 ? entropy / weight : 0;
        parts[0] = mean;
        parts[1] = location;
        *loss = entropy_weight * mean + location_weight * location;
    }
}

// What a class's sums contribute to the gradient, with I = |y∩P|, D = |y| + |P| + 2k: d/dp of −(I + k)/D is ((I + k)/D − y)/D = all − y·own.
struct pull {
    float all, own;
};
DEVICE pull pull_of(const float* s, float k, float scale) {
    const float d = s[1] + s[2] + 2 * k, own = scale / d;
    return {own * ((s[0] + k) / d), own};
}

// Blocks (…, images). share: the location loss's weight over images and foreground classes.
template <int classes, typename T> DEVICE void loss_gradient(const float* dloss, const T* logits, const int* target, const float* sums, const float* weights,
                                                             int64 pixels, float location_k, float entropy_weight, float share, T* dlogits) {
    const float* s = sums + (int64)block_y() * classes * 4;
    const float scale = s[3] > 0 ? *dloss * entropy_weight / s[3] : 0;
    pull pulls[classes] = {};
    for (int c = 1; c < classes; c++)
        pulls[c] = pull_of(s + c * 4, location_k, *dloss * share);
    const int64 image = block_y() * pixels;
    for (int64 i = grid_thread(); i < pixels; i += grid_threads()) {
        const int label = target[image + i];
        float p[classes] = {}, g[classes], mean = 0;
        if ((uint32)label < classes) {
            load_pixel(logits + (image + i) * classes, p);
            softmax_of(p);
            const float entropy_scale = scale * weights[label];
            for (int c = 0; c < classes; c++) {
                g[c] = pulls[c].all - (c == label ? pulls[c].own : 0);
                mean += g[c] * p[c];
            }
            for (int c = 0; c < classes; c++)
                p[c] = entropy_scale * (p[c] - (c == label ? 1 : 0)) + p[c] * (g[c] - mean);
        }
        store_pixel(dlogits + (image + i) * classes, p);
    }
}

template <typename T> DEVICE void loss_gradient_any(const float* dloss, const T* logits, const int* target, const float* sums, const float* weights,
                                                    int64 pixels, int classes, float location_k, float entropy_weight, float share, T* dlogits) {
    const int lane = thread_x() % warp_size;
    const float* s = sums + (int64)block_y() * classes * 4;
    const float scale = s[3] > 0 ? *dloss * entropy_weight / s[3] : 0;
    pull pulls[classes_per_lane];
    for (int k = 0; k < classes_per_lane; k++) {
        const int c = lane + k * warp_size;
        pulls[k] = c > 0 && c < classes ? pull_of(s + c * 4, location_k, *dloss * share) : pull{0, 0};
    }
    const int64 image = block_y() * pixels;
    for (int64 i = grid_thread() / warp_size; i < pixels; i += grid_threads() / warp_size) {
        const int label = target[image + i];
        float p[classes_per_lane] = {}, g[classes_per_lane], mean = 0;
        if ((uint32)label < (uint32)classes) {
            load_pixel_of_warp(logits + (image + i) * classes, classes, p);
            softmax_of_warp(p);
            const float entropy_scale = scale * weights[label];
            for (int k = 0; k < classes_per_lane; k++) {
                g[k] = pulls[k].all - (lane + k * warp_size == label ? pulls[k].own : 0);
                mean += g[k] * p[k];
            }
            mean = warp_sum(mean);
            for (int k = 0; k < classes_per_lane; k++)
                p[k] = entropy_scale * (p[k] - (lane + k * warp_size == label ? 1 : 0)) + p[k] * (g[k] - mean);
        }
        store_pixel_of_warp(dlogits + (image + i) * classes, classes, p);
    }
}

#define LOSS(classes, name, T) \
    KERNEL(256) segmentation_loss_##name##_##classes(const T* __restrict__ logits, const int* __restrict__ target, const float* __restrict__ weights, \
        int64 pixels, float* __restrict__ partial) { \
        loss_pieces<classes>(logits, target, weights, pixels, partial); } \
    KERNEL(256) segmentation_loss_gradient_##name##_##classes(const float* __restrict__ dloss, const T* __restrict__ logits, const int* __restrict__ target, \
        const float* __restrict__ sums, const float* __restrict__ weights, int64 pixels, float location_k, float entropy_weight, float share, \
        T* __restrict__ dlogits) { \
        loss_gradient<classes>(dloss, logits, target, sums, weights, pixels, location_k, entropy_weight, share, dlogits); }
#define LOSS_EACH(name, T) \
    LOSS(2, name, T) LOSS(3, name, T) LOSS(4, name, T) LOSS(5, name, T) LOSS(6, name, T) LOSS(7, name, T) LOSS(8, name, T) \
    KERNEL(256) segmentation_loss_##name##_any(const T* __restrict__ logits, const int* __restrict__ target, const float* __restrict__ weights, \
        int64 pixels, int classes, float* __restrict__ partial) { \
        loss_pieces_any(logits, target, weights, pixels, classes, partial); } \
    KERNEL(256) segmentation_loss_gradient_##name##_any(const float* __restrict__ dloss, const T* __restrict__ logits, const int* __restrict__ target, \
        const float* __restrict__ sums, const float* __restrict__ weights, int64 pixels, int classes, float location_k, float entropy_weight, \
        float share, T* __restrict__ dlogits) { \
        loss_gradient_any(dloss, logits, target, sums, weights, pixels, classes, location_k, entropy_weight, share, dlogits); }

LOSS_EACH(f32, float)
LOSS_EACH(bf16, bf16)
