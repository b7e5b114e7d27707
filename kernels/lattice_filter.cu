// The permutohedral lattice of pictures and Gaussian filtering on it (Adams et al. 2010); LatticeGeometry.cs tells the lattice.
//
// The lattice is made in integers, as on the CPU, so both find the same one. Vertices are numbered in whatever order threads happen to find them, which
// changes from run to run; results do not, because nothing depends on a number: a vertex's sum is taken in fixed point, where the order of additions
// does not matter, and everything after it is a sum of a few terms in a fixed order.
//
// Per picture of P pixels with M vertices in d dimensions: room is reserved for P·(d + 1) vertices, but kernels walk the M that there are.
#include "common.cuh"

constexpr uint64 no_key = ~(uint64)0;
constexpr int fraction_bits = 16, remainder_bits = 3;

DEVICE uint64 compare_and_swap(uint64* at, uint64 expected, uint64 wanted) {
    return (uint64)__nvvm_atom_cas_gen_ll((long long*)at, (long long)expected, (long long)wanted);
}
DEVICE int add_atomically(int* at, int x) { return __nvvm_atom_add_gen_i(at, x); }
DEVICE void add_atomically(int64* at, int64 x) { __nvvm_atom_add_gen_ll(at, x); }
DEVICE void raise_atomically(uint32* at, uint32 x) { __nvvm_atom_max_gen_ui(at, x); }

// The lattice in d dimensions.
template <int d> struct lattice {
    static constexpr int corners = d + 1, coordinate_bits = (63 - remainder_bits) / d, period = corners << fraction_bits;

    // A key in which one quotient is 1; the last axis is in no key.
    static __device__ inline __attribute__((always_inline)) uint64 unit(int axis) {
        return axis < d ? (uint64)1 << (remainder_bits + axis * coordinate_bits) : 0;
    }

    static __device__ inline __attribute__((always_inline)) uint64 ones() {
        uint64 sum = 0;
        for (int i = 0; i < d; i++)
            sum += unit(i);
        return sum;
    }

    static __device__ inline __attribute__((always_inline)) uint64 neighbour(uint64 key, int axis, bool along) {
        const int remainder = (int)(key & ((1 << remainder_bits) - 1));
        if (along)
            return remainder > 0 ? key - 1 + unit(axis) : key + d - ones() + unit(axis);
        return remainder < d ? key + 1 - unit(axis) : key - d + ones() - unit(axis);
    }
};

DEVICE int64 slot_of(uint64 key, int shift) { return (int64)((key * 0x9E3779B97F4A7C15ull) >> shift); }

KERNEL(256) lattice_clear(uint64* __restrict__ table, int64 slots, int* __restrict__ counts, int pictures) {
    for (int64 i = grid_thread(); i < slots; i += grid_threads())
        table[i] = no_key;
    for (int64 i = grid_thread(); i < pictures; i += grid_threads())
        counts[i] = 0;
}

// Per pixel: its simplex, barycentric weights, and its vertices' places in the picture's hash table of `slots` keys. Whoever brings a key in numbers
// its vertex. features holds column and row and, for d = 5, the colours. Blocks (…, pictures).
// Bytes: 3 read and 8(d + 1) written per pixel, and the table's places that the vertices take; some hundred integer operations.
template <int d>
DEVICE void place(const uint8* colours, const int (&steps)[d], int width, int pixels, int64 slots, int shift, int* vertices, float* weights, uint64* table,
    int* numbers, uint64* keys, int* counts) {
    constexpr int corners = lattice<d>::corners, period = lattice<d>::period;
    const int64 picture = block_y();
    table += picture * slots;
    numbers += picture * slots;
    keys += picture * pixels * corners;
    for (int64 p = grid_thread(); p < pixels; p += grid_threads()) {
        int features[d];
        features[0] = (int)p % width;
        features[1] = (int)p / width;
        if constexpr (d > 2) {
#pragma unroll
            for (int c = 2; c < d; c++)
                features[c] = colours[(picture * pixels + p) * 3 + c - 2];
        }
        int quotient[corners], left[corners], rank[corners], above = 0, sum = 0;
#pragma unroll
        for (int i = d; i >= 0; i--) {
            const int own = i > 0 ? features[i > 0 ? i - 1 : 0] * steps[i > 0 ? i - 1 : 0] : 0;
            const int coordinate = above - i * own, shifted = coordinate + period / 2;
            quotient[i] = shifted / period - (shifted % period < 0 ? 1 : 0);
            left[i] = coordinate - quotient[i] * period;
            above += own;
            sum += quotient[i];
            rank[i] = 0;
        }
#pragma unroll
        for (int i = 0; i < d; i++) {
#pragma unroll
            for (int j = i + 1; j <= d; j++) {
                const bool less = left[i] < left[j];
                rank[i] += less ? 1 : 0;
                rank[j] += less ? 0 : 1;
            }
        }
        int by_rank[corners] = {};
#pragma unroll
        for (int i = 0; i <= d; i++) {
            rank[i] += sum;
            const int back = rank[i] > d ? -1 : rank[i] < 0 ? 1 : 0;
            rank[i] += back * corners;
            quotient[i] += back;
            left[i] -= back * period;
#pragma unroll
            for (int r = 0; r <= d; r++)
                by_rank[r] = rank[i] == r ? left[i] : by_rank[r];
        }
        const int64 first = (picture * pixels + p) * corners;
#pragma unroll
        for (int k = 0; k <= d; k++) {
            const int nearness = k == 0 ? period + by_rank[d] - by_rank[0] : by_rank[d - k] - by_rank[k == 0 ? 0 : d - k + 1];
            weights[first + k] = (float)nearness / (float)period;
            uint64 key = k;
#pragma unroll
            for (int i = 0; i < d; i++)
                key += lattice<d>::unit(i) * (uint64)((1 << (lattice<d>::coordinate_bits - 1)) + quotient[i] - (rank[i] > d - k ? 1 : 0));
            int64 slot = slot_of(key, shift);
            while (true) {
                // A place once taken never changes, so that only a free one must be asked for atomically.
                uint64 there = *(volatile uint64*)(table + slot);
                if (there == no_key)
                    there = compare_and_swap(table + slot, no_key, key);
                if (there == no_key) {
                    const int number = add_atomically(counts + picture, 1);
                    numbers[slot] = number;
                    keys[number] = key;
                }
                if (there == no_key || there == key)
                    break;
                slot = (slot + 1) & (slots - 1);
            }
            vertices[first + k] = (int)slot;
        }
    }
}

KERNEL(256) lattice_place_2(int step0, int step1, int width, int pixels, int64 slots, int shift, int* __restrict__ vertices, float* __restrict__ weights,
    uint64* table, int* __restrict__ numbers, uint64* __restrict__ keys, int* counts) {
    const int steps[2] = {step0, step1};
    place<2>(nullptr, steps, width, pixels, slots, shift, vertices, weights, table, numbers, keys, counts);
}
KERNEL(256) lattice_place_5(const uint8* __restrict__ colours, int step0, int step1, int step2, int step3, int step4, int width, int pixels, int64 slots,
    int shift, int* __restrict__ vertices, float* __restrict__ weights, uint64* table, int* __restrict__ numbers, uint64* __restrict__ keys, int* counts) {
    const int steps[5] = {step0, step1, step2, step3, step4};
    place<5>(colours, steps, width, pixels, slots, shift, vertices, weights, table, numbers, keys, counts);
}

// Places in the table become numbers of vertices. entries: pixels·(d + 1) of one picture. Blocks (…, pictures).
KERNEL(256) lattice_number(int* __restrict__ vertices, const int* __restrict__ numbers, int64 entries, int64 slots) {
    const int64 picture = block_y();
    for (int64 i = grid_thread(); i < entries; i += grid_threads())
        vertices[picture * entries + i] = numbers[picture * slots + vertices[picture * entries + i]];
}

// Each vertex's neighbours along and against each axis, −1 for none. Blocks (…, pictures).
template <int d> DEVICE void link(const uint64* table, const int* numbers, const uint64* keys, const int* counts, int64 entries, int64 slots, int shift,
    int* neighbours) {
    constexpr int sides = 2 * lattice<d>::corners;
    const int64 picture = block_y();
    table += picture * slots;
    for (int64 i = grid_thread(); i < (int64)counts[picture] * sides; i += grid_threads()) {
        const int side = (int)(i % sides);
        const uint64 key = lattice<d>::neighbour(keys[picture * entries + i / sides], side / 2, side % 2 == 0);
        int64 slot = slot_of(key, shift);
        uint64 there = table[slot];
        while (there != key && there != no_key) {
            slot = (slot + 1) & (slots - 1);
            there = table[slot];
        }
        neighbours[picture * entries * sides + i] = there == key ? numbers[picture * slots + slot] : -1;
    }
}

#define LINK(d)                                                                                                                                       \
    KERNEL(256) lattice_link_##d(const uint64* __restrict__ table, const int* __restrict__ numbers, const uint64* __restrict__ keys,                  \
        const int* __restrict__ counts, int64 entries, int64 slots, int shift, int* __restrict__ neighbours) {                                        \
        link<d>(table, numbers, keys, counts, entries, slots, shift, neighbours);                                                                     \
    }
LINK(2)
LINK(5)

// Fixed point: numbers of a picture are multiplied by the power of two that leaves room, within 61 bits, for the sum of all its pixels.
struct fixed_point {
    float scale, inverse;
};
DEVICE fixed_point fixed_point_of(uint32 peak, int bits) {
    // |peak| < 2^(exponent − 126). Below 2⁻⁶⁰ digits are lost; where a number is infinite or NaN every result becomes NaN.
    const int exponent = max_of((int)(peak >> 23), 67);
    const float scale = __builtin_bit_cast(float, (uint32)(127 + bits - (exponent - 126)) << 23);
    return {scale, exponent == 255 ? __builtin_nanf("") : 1 / scale};
}

// Sums of the vertices there are ← 0, and the largest |number| so far. Blocks (…, pictures).
KERNEL(256) lattice_begin(int64* __restrict__ sums, uint32* __restrict__ peaks, const int* __restrict__ counts, int64 entries, int channels, uint32 peak) {
    const int64 picture = block_y();
    for (int64 i = grid_thread(); i < (int64)counts[picture] * channels; i += grid_threads())
        sums[picture * entries * channels + i] = 0;
    if (grid_thread() == 0)
        peaks[picture] = peak;
}

// The numbers splatted are x·scale: channels first … first + count − 1 of `channels`. As bits, magnitudes order like integers, and NaN is the largest.
template <typename T> DEVICE void peak(const T* x, const float* scale, uint32* peaks, int64 pixels, int channels, int first, int count) {
    const int64 picture = block_y();
    uint32 largest = 0;
    for (int64 i = grid_thread(); i < pixels * count; i += grid_threads()) {
        const int64 p = picture * pixels + i / count;
        const uint32 bits = __builtin_bit_cast(uint32, widen(x[p * channels + first + i % count]) * scale[p]) & 0x7fffffffu;
        largest = bits > largest ? bits : largest;
    }
    for (int mask = warp_size / 2; mask > 0; mask /= 2) {
        const uint32 other = __builtin_bit_cast(uint32, shuffle_xor(__builtin_bit_cast(float, largest), mask));
        largest = other > largest ? other : largest;
    }
    if (thread_x() % warp_size == 0)
        raise_atomically(peaks + picture, largest);
}
KERNEL(256) lattice_peak_f32(const float* __restrict__ x, const float* __restrict__ scale, uint32* peaks, int64 pixels, int channels, int first, int count) {
    peak(x, scale, peaks, pixels, channels, first, count);
}
KERNEL(256) lattice_peak_bf16(const bf16* __restrict__ x, const float* __restrict__ scale, uint32* peaks, int64 pixels, int channels, int first, int count) {
    peak(x, scale, peaks, pixels, channels, first, count);
}

// Adds each pixel, weighted, to its vertices. Bytes: 8 + b·count per pixel and corner, and 8·count of atomic additions. Blocks (…, pictures).
template <typename F> DEVICE void splat(F number, const int* vertices, const float* weights, int64* sums, const uint32* peaks, int bits, int64 entries,
    int corners, int count) {
    const int64 picture = block_y();
    const float scale = fixed_point_of(peaks[picture], bits).scale;
    for (int64 i = grid_thread(); i < entries; i += grid_threads()) {
        const int64 entry = picture * entries + i;
        int64* sum = sums + (picture * entries + vertices[entry]) * count;
        for (int c = 0; c < count; c++)
            add_atomically(sum + c, (int64)__builtin_rintf(number(entry / corners, c) * weights[entry] * scale));
    }
}
KERNEL(256) lattice_splat_ones(const int* __restrict__ vertices, const float* __restrict__ weights, int64* sums, const uint32* __restrict__ peaks, int bits,
    int64 entries, int corners) {
    splat([](int64, int) { return 1.0f; }, vertices, weights, sums, peaks, bits, entries, corners, 1);
}
#define SPLAT(name, T)                                                                                                                                 \
    KERNEL(256) lattice_splat_##name(const T* __restrict__ x, const float* __restrict__ scale, int channels, int first, const int* __restrict__ vertices, \
        const float* __restrict__ weights, int64* sums, const uint32* __restrict__ peaks, int bits, int64 entries, int corners, int count) {            \
        splat([=](int64 p, int c) { return widen(x[p * channels + first + c]) * scale[p]; }, vertices, weights, sums, peaks, bits, entries, corners, count); \
    }
SPLAT(f32, float)
SPLAT(bf16, bf16)

// Fixed point → float32. Blocks (…, pictures).
KERNEL(256) lattice_widen(const int64* __restrict__ sums, float* __restrict__ values, const uint32* __restrict__ peaks, int bits,
    const int* __restrict__ counts, int64 entries, int channels) {
    const int64 picture = block_y();
    const float inverse = fixed_point_of(peaks[picture], bits).inverse;
    for (int64 i = grid_thread(); i < (int64)counts[picture] * channels; i += grid_threads())
        values[picture * entries * channels + i] = (float)sums[picture * entries * channels + i] * inverse;
}

// Half of each vertex and a quarter of each of its two neighbours on one axis. Bytes: 8 + 16·channels per vertex. Blocks (…, pictures).
KERNEL(256) lattice_blur(const float* __restrict__ from, float* __restrict__ to, const int* __restrict__ neighbours, const int* __restrict__ counts,
    int64 entries, int corners, int axis, int channels) {
    const int64 picture = block_y();
    from += picture * entries * channels;
    to += picture * entries * channels;
    neighbours += picture * entries * corners * 2 + axis * 2;
    for (int64 i = grid_thread(); i < (int64)counts[picture] * channels; i += grid_threads()) {
        const int64 vertex = i / channels, c = i % channels;
        const int along = neighbours[vertex * corners * 2], against = neighbours[vertex * corners * 2 + 1];
        const float sides = (along < 0 ? 0 : from[(int64)along * channels + c]) + (against < 0 ? 0 : from[(int64)against * channels + c]);
        to[i] = 0.5f * from[i] + 0.25f * sides;
    }
}

DEVICE float slice(const float* values, const int* vertices, const float* weights, int64 pixel, int corners, int count, int c) {
    float sum = 0;
    for (int k = 0; k < corners; k++)
        sum = fma_of(weights[pixel * corners + k], values[(int64)vertices[pixel * corners + k] * count + c], sum);
    return sum;
}

// scale = D^(−1/2) from the filter of ones. Blocks (…, pictures).
KERNEL(256) lattice_slice_ones(const float* __restrict__ values, const int* __restrict__ vertices, const float* __restrict__ weights, float* __restrict__ scale,
    int64 pixels, int corners) {
    const int64 picture = block_y();
    for (int64 i = grid_thread(); i < pixels; i += grid_threads())
        scale[picture * pixels + i] = 1 / __builtin_sqrtf(slice(values + picture * pixels * corners, vertices, weights, picture * pixels + i, corners, 1, 0));
}
// y = scale · what the pixel's vertices have. Bytes: 8 per pixel and corner, 4·count per corner from the caches, b·count written. Blocks (…, pictures).
#define SLICE(name, T)                                                                                                                                     \
    KERNEL(256) lattice_slice_##name(const float* __restrict__ values, const int* __restrict__ vertices, const float* __restrict__ weights,                \
        const float* __restrict__ scale, T* __restrict__ y, int64 pixels, int corners, int channels, int first, int count) {                               \
        const int64 picture = block_y();                                                                                                                   \
        for (int64 i = grid_thread(); i < pixels * count; i += grid_threads()) {                                                                           \
            const int64 p = picture * pixels + i / count;                                                                                                  \
            const int c = (int)(i % count);                                                                                                                \
            y[p * channels + first + c] = narrow<T>(scale[p] * slice(values + picture * pixels * corners * count, vertices, weights, p, corners, count, c)); \
        }                                                                                                                                                  \
    }
SLICE(f32, float)
SLICE(bf16, bf16)
