// Pictures on their way into a network: normalisation, and the augmentations that leave a patch its size.
#include "common.cuh"

// y = colours·scale + shift per channel. colours: pixels × 3 bytes; y: pixels × 3.
// Bytes: 1 read, 2 or 4 written per element; 2 FLOPs. A thread takes 4 pixels: 12 bytes are three words, 12 numbers three or six.
template <typename T>
DEVICE void normalise(const uint8* colours, T* y, int64 pixels, float scale0, float scale1, float scale2, float shift0, float shift1, float shift2) {
    const float scale[3] = {scale0, scale1, scale2}, shift[3] = {shift0, shift1, shift2};
    const uint32* words = reinterpret_cast<const uint32*>(colours);
    for (int64 i = grid_thread(); i < pixels / 4; i += grid_threads())
        for (int k = 0; k < 3; k++) {
            const uint32 word = words[i * 3 + k];
            float values[4];
            for (int byte = 0; byte < 4; byte++) {
                const int channel = (k * 4 + byte) % 3;
                values[byte] = sum_of(product_of((float)(word >> byte * 8 & 255), scale[channel]), shift[channel]);
            }
            store(y + i * 12 + k * 4, values);
        }
    for (int64 i = pixels / 4 * 4 + grid_thread(); i < pixels; i += grid_threads())
        for (int channel = 0; channel < 3; channel++)
            y[i * 3 + channel] = narrow<T>(sum_of(product_of((float)colours[i * 3 + channel], scale[channel]), shift[channel]));
}

KERNEL(256) normalise_pixels_f32(const uint8* __restrict__ colours, float* __restrict__ y, int64 pixels, float scale0, float scale1, float scale2, float shift0,
    float shift1, float shift2) {
    normalise(colours, y, pixels, scale0, scale1, scale2, shift0, shift1, shift2);
}
KERNEL(256) normalise_pixels_bf16(const uint8* __restrict__ colours, bf16* __restrict__ y, int64 pixels, float scale0, float scale1, float scale2, float shift0,
    float shift1, float shift2) {
    normalise(colours, y, pixels, scale0, scale1, scale2, shift0, shift1, shift2);
}

// Puts a part of a picture's block into a patch, which may be turned: pixel (x, y) of the part goes to pixel start + x·step_x + y·step_y of the patch.
// block: the part's first pixel, in rows of block_width pixels. Grid: bytes of a row of `columns` pixels, rows. Bytes: 2 per colour.
KERNEL(256) cut_pixels(uint8* __restrict__ patch, const uint8* __restrict__ block, int block_width, int columns, int start, int step_x, int step_y) {
    const int at = block_x() * 256 + thread_x(), y = block_y();
    if (at >= columns * 3)
        return;
    const int x = (uint32)at / 3u;
    patch[((int64)start + x * step_x + y * step_y) * 3 + at - x * 3] = block[(int64)y * block_width * 3 + at];
}

constexpr int tile = 32;
constexpr int most_reach = 16;
constexpr int weights_at = 13;

// Where pixel (column, row) of a turned picture comes from.
struct walk {
    int start, per_column, per_row;
    __device__ inline __attribute__((always_inline)) int operator()(int column, int row) const { return start + column * per_column + row * per_row; }
};
DEVICE walk walk_of(int symmetry, int size) {
    const bool mirror_columns = symmetry & 1, mirror_rows = symmetry & 2;
    const int start = (mirror_columns ? size - 1 : 0) + (mirror_rows ? (size - 1) * size : 0);
    const int per_column = mirror_columns ? -1 : 1, per_row = mirror_rows ? -size : size;
    return symmetry & 4 ? walk{start, per_row, per_column} : walk{start, per_column, per_row};
}

DEVICE int clamp(int x, int low, int high) { return max_of(low, min_of(x, high)); }

// One channel's new value from the three densities and four numbers of the picture's row.
DEVICE uint8 stain(const float* row, float r, float g, float b, const uint8* light, int lights) {
    const float density = sum_of(sum_of(sum_of(product_of(row[0], r), product_of(row[1], g)), product_of(row[2], b)), row[3]);
    return light[clamp((int)density, 0, lights - 1)];
}

// Symmetry, stain and blur of square pictures, and the labels turned alike; the row of numbers per picture is told in AugmentPixels.cs.
// Blocks (tiles, tiles, pictures). Bytes: 4 read and 7 written per pixel; 7 FLOPs per channel, and 4 per tap where a picture is blurred.
// A block makes one tile of 32 × 32 pixels in shared memory, with the rim its blur reaches into: the tile turned and stained, then blurred
// sideways, then blurred downwards into the result, so that nothing in between goes through global memory.
// Dynamic shared memory: (32 + 2·reach)·32·3 floats and (32 + 2·reach)²·3 bytes.
KERNEL(256) augment_pixels(const uint8* __restrict__ colours, const uint8* __restrict__ labels, const float* __restrict__ rows,
    const float* __restrict__ density, const uint8* __restrict__ light, int lights, uint8* __restrict__ y, int* __restrict__ target, int size, int most) {
    extern __shared__ float across[];
    __shared__ float weights[most_reach + 1];
    const int left = block_x() * tile, top = block_y() * tile;
    const int64 picture = (int64)block_z() * size * size;
    const float* row = rows + (int64)block_z() * (weights_at + most + 1);
    int reach = 0;
    for (int k = 1; k <= most; k++)
        reach = row[weights_at + k] != 0 ? k : reach;
    if (thread_x() <= reach)
        weights[thread_x()] = row[weights_at + thread_x()];
    const walk from = walk_of((int)row[0], size);
    const int side = tile + 2 * reach;
    uint8* stained = reinterpret_cast<uint8*>(across + side * tile * 3);

    for (int i = thread_x(); i < side * side; i += 256) {
        const int column = left + i % side - reach, line = top + i / side - reach;
        const int64 source = picture + from(clamp(column, 0, size - 1), clamp(line, 0, size - 1));
        const float r = density[colours[source * 3]], g = density[colours[source * 3 + 1]], b = density[colours[source * 3 + 2]];
        const bool inside = column >= left && column < min_of(left + tile, size) && line >= top && line < min_of(top + tile, size);
        const int64 place = picture + (int64)line * size + column;
        uint8* to = reach > 0 ? stained + i * 3 : y + place * 3;
        if (reach > 0 || inside)
            for (int c = 0; c < 3; c++)
                to[c] = stain(row + 1 + 4 * c, r, g, b, light, lights);
        if (inside)
            target[place] = labels[source];
    }
    if (reach == 0)
        return;
    barrier();
    for (int i = thread_x(); i < side * tile * 3; i += 256) {
        const uint8* pixels = stained + (i / (tile * 3)) * side * 3 + i % (tile * 3);
        float sum = 0;
        for (int tap = -reach; tap <= reach; tap++)
            sum = sum_of(sum, product_of(weights[tap < 0 ? -tap : tap], (float)pixels[(tap + reach) * 3]));
        across[i] = sum;
    }
    barrier();
    for (int i = thread_x(); i < tile * tile * 3; i += 256) {
        float sum = 0.5f;
        for (int tap = -reach; tap <= reach; tap++)
            sum = sum_of(sum, product_of(weights[tap < 0 ? -tap : tap], across[i + (tap + reach) * tile * 3]));
        const int column = left + i / 3 % tile, line = top + i / (tile * 3);
        if (column < size && line < size)
            y[(picture + (int64)line * size + column) * 3 + i % 3] = (uint8)clamp((int)sum, 0, 255);
    }
}
