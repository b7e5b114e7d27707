// What the convolution kernels have in common: C (rows × columns) = Σ over k of A · B, block tile by block tile.
//
// Each step takes 64 bytes of k: 32 bfloat16 or 16 float32. An operand's tile lies in shared memory either along k, [row][k], or across k, [k][row],
// as it does in global memory, so that 16-byte copies fill it; the place of a 16-byte piece is mixed with its row so that the eight rows of a matrix
// load (or the 32 lanes of a plain one) meet different banks. Copies run `stages` − 1 steps ahead of the products; one barrier per step.
//
// A warp's sums leave through shared memory, 16 rows at a time, so that stores are 16 bytes wide.
#pragma once
#include "mma.cuh"

constexpr int step_bytes = 64;

// [row][k].
template <int rows_, typename T> struct AlongK {
    static constexpr bool along = true;
    static constexpr int rows = rows_;
    static constexpr int bytes = rows * step_bytes;
    static constexpr int pieces = rows * 4;
    // Byte of 16-byte piece `piece` of a row.
    static DEVICE_MEMBER int at(int row, int piece) { return row * step_bytes + ((piece ^ (row >> 1 & 3)) << 4); }
};

// [k][row]. Rows of bfloat16 are read by transposing matrix loads, rows of float32 by plain ones, which want the padding.
template <int rows_, typename T> struct AcrossK {
    static constexpr bool along = false;
    static constexpr int rows = rows_;
    static constexpr int depth = step_bytes / sizeof(T);
    static constexpr int row_pieces = rows * sizeof(T) / 16;
    static constexpr int stride = rows * sizeof(T) + (sizeof(T) == 4 ? 32 : 0);
    static constexpr int bytes = depth * stride;
    static constexpr int pieces = depth * row_pieces;
    static DEVICE_MEMBER int at(int k, int piece) {
        const int mixed = sizeof(T) == 4 ? piece : row_pieces >= 8 ? piece ^ (k & 7) : piece ^ (k >> 1 & 3);
        return k * stride + (mixed << 4);
    }
};

// How many elements make 16 bytes and one step.
template <typename T> struct elements { static constexpr int per_piece = 16 / sizeof(T), per_step = step_bytes / sizeof(T); };

DEVICE uint4 pack(const bf16 (&v)[8]) {
    uint4 r;
#pragma unroll
    for (int i = 0; i < 4; i++)
        r[i] = v[2 * i].bits | (uint32)v[2 * i + 1].bits << 16;
    return r;
}
DEVICE uint4 pack(const float (&v)[4]) {
    uint4 r;
#pragma unroll
    for (int i = 0; i < 4; i++)
        r[i] = __builtin_bit_cast(uint32, v[i]);
    return r;
}
DEVICE void unpack(uint4 r, bf16 (&v)[8]) {
#pragma unroll
    for (int i = 0; i < 8; i++)
        v[i].bits = (uint16)(r[i / 2] >> i % 2 * 16);
}
DEVICE void unpack(uint4 r, float (&v)[4]) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
        // Not in one: clang 19 takes the bits of a vector's element to be undefined.
        const uint32 bits = r[i];
        v[i] = __builtin_bit_cast(float, bits);
    }
}

// A warp's sums on tensor cores, WM × WN, for bfloat16 or (as tf32) float32 operands.
template <typename T_, int WM_, int WN_> struct TensorSums {
    using T = T_;
    static constexpr int WM = WM_, WN = WN_;
    static constexpr int MI = WM / 16, NI = WN / 8;
    float c[MI][NI][4];

    DEVICE_MEMBER void clear() {
        for (int i = 0; i < MI; i++)
            for (int j = 0; j < NI; j++)
                for (int e = 0; e < 4; e++)
                    c[i][j][e] = 0;
    }

    template <typename Tile> static DEVICE_MEMBER void load_a(uint32 (&a)[4], uint32 tile, const char* bytes, int row, int half) {
        const int lane = thread_x() % warp_size;
        if constexpr (Tile::along) {
            load_matrices(a, tile + Tile::at(row + lane % 16, half * 2 + lane / 16));
        } else if constexpr (sizeof(T) == 2) {
            load_matrices_transposed(a, tile + Tile::at(half * 16 + lane % 8 + lane / 16 * 8, row / 8 + lane / 8 % 2));
        } else {
            const char* at = bytes + (half * 8 + lane % 4) * Tile::stride + (row + lane / 4) * 4;
            a[0] = *(const uint32*)at;
            a[1] = *(const uint32*)(at + 32);
            a[2] = *(const uint32*)(at + 4 * Tile::stride);
            a[3] = *(const uint32*)(at + 4 * Tile::stride + 32);
        }
    }

    // B of 16 columns: words 0, 1 for the first eight, 2, 3 for the others.
    template <typename Tile> static DEVICE_MEMBER void load_b(uint32 (&b)[4], uint32 tile, const char* bytes, int column, int half) {
        const int lane = thread_x() % warp_size;
        if constexpr (Tile::along) {
            load_matrices(b, tile + Tile::at(column + lane % 8 + lane / 16 * 8, half * 2 + lane / 8 % 2));
        } else if constexpr (sizeof(T) == 2) {
            load_matrices_transposed(b, tile + Tile::at(half * 16 + lane % 16, column / 8 + lane / 16));
        } else {
            const char* at = bytes + (half * 8 + lane % 4) * Tile::stride + (column + lane / 4) * 4;
            b[0] = *(const uint32*)at;
            b[1] = *(const uint32*)(at + 4 * Tile::stride);
            b[2] = *(const uint32*)(at + 32);
            b[3] = *(const uint32*)(at + 4 * Tile::stride + 32);
        }
    }

    static DEVICE_MEMBER void round(uint32 (&r)[4]) {
        if constexpr (sizeof(T) == 4)
            for (int i = 0; i < 4; i++)
                r[i] = to_tf32(r[i]);
    }

    template <typename TileA, typename TileB> DEVICE_MEMBER void multiply(const char* a_tile, const char* b_tile, int row, int column) {
        const uint32 a_address = shared_address(a_tile), b_address = shared_address(b_tile);
#pragma unroll
        for (int half = 0; half < 2; half++) {
            uint32 a[MI][4], b[NI / 2][4];
#pragma unroll
            for (int i = 0; i < MI; i++) {
                load_a<TileA>(a[i], a_address, a_tile, row + i * 16, half);
                round(a[i]);
            }
#pragma unroll
            for (int j = 0; j < NI / 2; j++) {
                load_b<TileB>(b[j], b_address, b_tile, column + j * 16, half);
                round(b[j]);
            }
#pragma unroll
            for (int i = 0; i < MI; i++)
#pragma unroll
                for (int j = 0; j < NI; j++) {
                    if constexpr (sizeof(T) == 2)
                        multiply_bf16(c[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
                    else
                        multiply_tf32(c[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
                }
        }
    }

    // Writes rows 16·slice … 16·slice + 15 of the sums.
    template <typename TileA, typename TileB> DEVICE_MEMBER void store_slice(int slice, float* to, int stride) const {
        const int lane = thread_x() % warp_size;
        float* at = to + lane / 4 * stride + lane % 4 * 2;
#pragma unroll
        for (int i = 0; i < MI; i++)
            if (i == slice)
#pragma unroll
                for (int j = 0; j < NI; j++) {
                    *(float2*)(at + j * 8) = float2{c[i][j][0], c[i][j][1]};
                    *(float2*)(at + j * 8 + 8 * stride) = float2{c[i][j][2], c[i][j][3]};
                }
    }
};

// A warp's sums in float32 on the ordinary units: lanes lie 4 × 8, each with WM / 4 rows and WN / 8 columns.
template <int WM_, int WN_> struct PlainSums {
    using T = float;
    static constexpr int WM = WM_, WN = WN_;
    static constexpr int MI = WM / 4, NI = WN / 8;
    float c[MI][NI];

    DEVICE_MEMBER void clear() {
        for (int i = 0; i < MI; i++)
            for (int j = 0; j < NI; j++)
                c[i][j] = 0;
    }

    // Lanes take neighbouring rows of a tile along k, or four neighbours each of a tile across k: either way a quarter warp meets every bank once.
    template <typename Tile> static DEVICE_MEMBER int row_of(int i) {
        const int lane = thread_x() % warp_size / 8;
        return Tile::along ? i * 4 + lane : i / 4 * 16 + lane * 4 + i % 4;
    }
    template <typename Tile> static DEVICE_MEMBER int column_of(int j) {
        const int lane = thread_x() % warp_size % 8;
        return Tile::along ? j * 8 + lane : j / 4 * 32 + lane * 4 + j % 4;
    }

    template <typename TileA, typename TileB> DEVICE_MEMBER void multiply(const char* a_tile, const char* b_tile, int row, int column) {
#pragma unroll
        for (int piece = 0; piece < 4; piece++) {
            float a[4][MI], b[4][NI];
            load<TileA, MI, true>(a, a_tile, row, piece);
            load<TileB, NI, false>(b, b_tile, column, piece);
#pragma unroll
            for (int k = 0; k < 4; k++)
#pragma unroll
                for (int i = 0; i < MI; i++)
#pragma unroll
                    for (int j = 0; j < NI; j++)
                        c[i][j] = fma_of(a[k][i], b[k][j], c[i][j]);
        }
    }

    // Four k of this lane's rows (or columns).
    template <typename Tile, int count, bool is_row> static DEVICE_MEMBER void load(float (&values)[4][count], const char* tile, int first, int piece) {
        if constexpr (Tile::along) {
#pragma unroll
            for (int i = 0; i < count; i++) {
                const float4 four = *(const float4*)(tile + Tile::at(first + (is_row ? row_of<Tile>(i) : column_of<Tile>(i)), piece));
                for (int k = 0; k < 4; k++)
                    values[k][i] = four[k];
            }
        } else {
#pragma unroll
            for (int k = 0; k < 4; k++)
#pragma unroll
                for (int i = 0; i < count; i += 4) {
                    const int place = first + (is_row ? row_of<Tile>(i) : column_of<Tile>(i));
                    const float4 four = *(const float4*)(tile + (piece * 4 + k) * Tile::stride + place * 4);
                    for (int e = 0; e < 4; e++)
                        values[k][i + e] = four[e];
                }
        }
    }

    template <typename TileA, typename TileB> DEVICE_MEMBER void store_slice(int slice, float* to, int stride) const {
#pragma unroll
        for (int i = 0; i < MI; i++)
            if (i / 4 == slice)
#pragma unroll
                for (int j = 0; j < NI; j++)
                    to[row_of<TileA>(i % 4) % 16 * stride + column_of<TileB>(j)] = c[i][j];
    }
};

// A block's shape: BM × BN in warps of Sums::WM × Sums::WN.
template <typename Sums_, template <int, typename> typename LayoutA, template <int, typename> typename LayoutB, int BM_, int BN_, int stages_>
struct BlockTile {
    using Sums = Sums_;
    using T = typename Sums::T;
    using TileA = LayoutA<BM_, T>;
    using TileB = LayoutB<BN_, T>;
    static constexpr int BM = BM_, BN = BN_, stages = stages_;
    static constexpr int warp_columns = BN / Sums::WN;
    static constexpr int threads = BM / Sums::WM * warp_columns * warp_size;
    static constexpr int stage_bytes = TileA::bytes + TileB::bytes;
    static constexpr int slice_stride = Sums::WN + 8;
    // The stages, or the slices through which the sums leave: as OwnTile.SharedBytes in OwnTile.cs.
    static constexpr int drain_bytes = threads / warp_size * 16 * slice_stride * (int)sizeof(float);
    static constexpr int shared_bytes = stages * stage_bytes > drain_bytes ? stages * stage_bytes : drain_bytes;

    static DEVICE_MEMBER int warp_row() { return thread_x() / warp_size / warp_columns * Sums::WM; }
    static DEVICE_MEMBER int warp_column() { return thread_x() / warp_size % warp_columns * Sums::WN; }

    // Sums `steps` steps. load(bytes) of each operand copies its next step into a tile.
    template <typename LoadA, typename LoadB> static DEVICE_MEMBER void accumulate(Sums& sums, char* memory, LoadA& a, LoadB& b, int steps) {
        int loaded = 0, write = 0, read = 0;
        for (; loaded < stages - 1; loaded++) {
            if (loaded < steps) {
                a.load(memory + write * stage_bytes);
                b.load(memory + write * stage_bytes + TileA::bytes);
            }
            commit_copies();
            write++;
        }
        sums.clear();
        for (int step = 0; step < steps; step++) {
            wait_copies<stages - 2>();
            // All warps' copies of this step have arrived, and all have left the stage that is written next.
            barrier();
            if (loaded < steps) {
                a.load(memory + write * stage_bytes);
                b.load(memory + write * stage_bytes + TileA::bytes);
            }
            commit_copies();
            loaded++;
            write = write + 1 == stages ? 0 : write + 1;
            const char* stage = memory + read * stage_bytes;
            sums.template multiply<TileA, TileB>(stage, stage + TileA::bytes, warp_row(), warp_column());
            read = read + 1 == stages ? 0 : read + 1;
        }
        wait_copies<0>();
        barrier();
    }

    // Hands the sums to store(row, column, floats): `count` neighbouring columns of one row of the block.
    template <int count, typename Store> static DEVICE_MEMBER void drain(const Sums& sums, char* memory, const Store& store) {
        const int lane = thread_x() % warp_size;
        float* slice = (float*)memory + thread_x() / warp_size * 16 * slice_stride;
#pragma unroll 1
        for (int s = 0; s < Sums::WM / 16; s++) {
            sums.template store_slice<TileA, TileB>(s, slice, slice_stride);
            warp_barrier();
            constexpr int in_row = Sums::WN / count;
            for (int i = lane; i < 16 * in_row; i += warp_size)
                store(warp_row() + s * 16 + i / in_row, warp_column() + i % in_row * count, slice + i / in_row * slice_stride + i % in_row * count);
            warp_barrier();
        }
    }
};
