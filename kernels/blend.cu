// Blending of overlapping patches' probabilities in a band of a slide, and the decision row by row.
// band: ring_rows × width × classes float32; row r of the slide lies at r mod ring_rows. Every product and sum is rounded by itself and
// patches are added one launch after another, so that the band holds the same bits as the CPU's.
#include "common.cuh"

// Adds one patch, each pixel times its column's and its row's weight. probabilities: patch_size × patch_size × classes, of which
// `columns` × (grid's y) pixels lie on the slide. Bytes: probabilities read, band read and written (12 per number); 3 FLOPs.
KERNEL(256) blend_add(float* __restrict__ band, int ring_rows, int width, int classes, const float* __restrict__ probabilities, int patch_size,
                      int x, int y, int columns, const float* __restrict__ column_weights, const float* __restrict__ row_weights) {
    const int at = block_x() * 256 + thread_x(), row = block_y();
    if (at >= columns * classes)
        return;
    float* sum = band + ((int64)((y + row) % ring_rows) * width + x) * classes + at;
    const float weight = product_of(column_weights[(uint32)at / (uint32)classes], row_weights[row]);
    *sum = sum_of(*sum, product_of(weight, probabilities[(int64)row * patch_size * classes + at]));
}

// Adds a patch that is class 0 everywhere.
KERNEL(256) blend_add_background(float* __restrict__ band, int ring_rows, int width, int classes, int x, int y, int columns,
                                 const float* __restrict__ column_weights, const float* __restrict__ row_weights) {
    const int at = block_x() * 256 + thread_x(), row = block_y();
    if (at >= columns)
        return;
    float* sum = band + ((int64)((y + row) % ring_rows) * width + x + at) * classes;
    *sum = sum_of(*sum, product_of(column_weights[at], row_weights[row]));
}

// Adds an eighth of the answers of turned patches, turned back, to their mean over the eight symmetries of a square: pixel (x, y) of a turned
// patch is pixel start + x·step_x + y·step_y of the patch. Grid: patch_size × classes numbers, patch_size rows, patches. Bytes: 12 per number
// (8 for the first symmetry, which begins the mean); 2 FLOPs.
KERNEL(256) blend_turn(float* __restrict__ mean, const float* __restrict__ probabilities, int patch_size, int classes, int start, int step_x,
                       int step_y, int first) {
    const int at = block_x() * 256 + thread_x(), y = block_y();
    if (at >= patch_size * classes)
        return;
    const int x = (uint32)at / (uint32)classes, c = at - x * classes;
    const int64 patch = (int64)block_z() * patch_size * patch_size;
    float* sum = mean + (patch + start + (int64)x * step_x + (int64)y * step_y) * classes + c;
    const float share = product_of(0.125f, probabilities[(patch + (int64)y * patch_size) * classes + at]);
    *sum = first != 0 ? share : sum_of(*sum, share);
}

// The shares of all classes in rows row … row + (grid's y) − 1, before these are decided. shares: rows × width × classes bytes: 255·(share of the class),
// rounded; 0 where no patch was seen. Bytes per pixel: 5 per class; 3 FLOPs per class and a division.
KERNEL(256) blend_shares(const float* __restrict__ band, int ring_rows, int row, int width, int classes, uint8* __restrict__ shares) {
    const float* sums = band + (int64)((row + block_y()) % ring_rows) * width * classes;
    uint8* out = shares + (int64)block_y() * width * classes;
    for (int x = block_x() * 256 + thread_x(); x < width; x += blocks_x() * 256) {
        const float* p = sums + (int64)x * classes;
        float weight = p[0];
        for (int c = 1; c < classes; c++)
            weight += p[c];
        for (int c = 0; c < classes; c++) {
            const float share = min_of(max_of(p[c] / weight, 0.0f), 1.0f);
            out[(int64)x * classes + c] = weight > 0 ? (uint8)(int)sum_of(product_of(255, share), 0.5f) : 0;
        }
    }
}

// Decides the rows row … row + (grid's y) − 1 and clears them. labels, foreground: rows × width bytes: the likeliest class, of equals the
// lower, and 255·(1 − share of class 0) rounded; 255 and 0 where no patch was seen. counts: rows × (grid's x) × 2: how many of the block's
// pixels no patch was seen in, and how many are NaN. Bytes per pixel: 8 per class and 2; about 3 FLOPs per class and a division.
KERNEL(256) blend_decide(float* __restrict__ band, int ring_rows, int row, int width, int classes, uint8* __restrict__ labels, uint8* __restrict__ foreground,
    uint32* __restrict__ counts) {
    float* sums = band + (int64)((row + block_y()) % ring_rows) * width * classes;
    const int64 out = (int64)block_y() * width;
    float unseen = 0, broken = 0; // counts below 2^24: exact
    for (int x = block_x() * 256 + thread_x(); x < width; x += blocks_x() * 256) {
        float* p = sums + (int64)x * classes;
        const float background = p[0];
        float weight = background, largest = background;
        int best = 0;
        for (int c = 1; c < classes; c++) {
            weight += p[c];
            best = p[c] > largest ? c : best;
            largest = p[c] > largest ? p[c] : largest;
        }
        for (int c = 0; c < classes; c++)
            p[c] = 0;
        const bool seen = weight > 0;
        const float share = min_of(max_of(1 - background / weight, 0.0f), 1.0f);
        labels[out + x] = seen ? (uint8)best : 255;
        foreground[out + x] = seen ? (uint8)(int)sum_of(product_of(255, share), 0.5f) : 0;
        unseen += seen ? 0 : 1;
        broken += weight == weight ? 0 : 1;
    }
    __shared__ float shared[2][256 / warp_size];
    unseen = warp_sum(unseen);
    broken = warp_sum(broken);
    if (thread_x() % warp_size == 0) {
        shared[0][thread_x() / warp_size] = unseen;
        shared[1][thread_x() / warp_size] = broken;
    }
    barrier();
    if (thread_x() < 2) {
        float total = 0;
        for (int warp = 0; warp < 256 / warp_size; warp++)
            total += shared[thread_x()][warp];
        counts[((int64)block_y() * blocks_x() + block_x()) * 2 + thread_x()] = (uint32)total;
    }
}
