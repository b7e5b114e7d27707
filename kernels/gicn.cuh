// What the tensor-core kernels of global information convolutions (GICN, Qin et al. 2018) have in common: a tile of target pixels, and around it a
// cross of source pixels in shared memory that serves all taps of a 1×k and of a k×1 kernel.
//
// A tile is `rows` × 16 pixels. The cross is the band of the tile's rows, 16 + k − 1 pixels wide, for the 1×k kernel, and the columns of the tile,
// rows + k − 1 high, for the k×1 kernel. Where both read one map (split), the middle of the band is also the middle of the columns, so each pixel is
// fetched once; where each reads a map of its own (joined), both are there in full. The band's rows lie an odd number of pixels apart, so
// that eight pixels below each other are in different banks, as eight beside each other are.
#pragma once
#include "mma.cuh"

constexpr int tile_width = 16;

// Byte of a 16-byte piece of a pixel's channels: pixels of 2 pieces (16 channels), 4 (32) or 8 (64).
template <int pieces> DEVICE int piece_at(int pixel, int piece) {
    return pixel * pieces * 16 + ((pieces == 2 ? piece ^ (pixel >> 2 & 1) : pieces == 4 ? piece ^ (pixel >> 1 & 3) : piece ^ (pixel & 7)) << 4);
}

// Where the cross's pixels lie in shared memory. Rows and columns are counted from the cross's first: tap t of target (y, x) reads band(y, x + t)
// in the 1×k kernel and column(y + t, x) in the k×1 kernel.
template <int rows, bool joined> struct Cross {
    int half, pitch;

    DEVICE_MEMBER explicit Cross(int k) : half(k / 2), pitch(tile_width + k) {}

    DEVICE_MEMBER int band(int y, int x) const { return y * pitch + x; }

    DEVICE_MEMBER int column(int y, int x) const {
        if (joined)
            return rows * pitch + y * tile_width + x;
        // Both are there before one is chosen, so that there is no branch among the products.
        const int inner = (y - half) * pitch + half + x, outer = rows * pitch + (y < half ? y : y - rows) * tile_width + x;
        return (uint32)(y - half) < (uint32)rows ? inner : outer;
    }

    DEVICE_MEMBER int pixels() const { return rows * pitch + (2 * half + (joined ? rows : 0)) * tile_width; }
};

// The tile of block x: tiles of one image are neighbours.
template <int rows> struct Tile {
    int image, y, x;

    DEVICE_MEMBER Tile(int index, int height, int width) {
        const int across = (width + tile_width - 1) / tile_width, down = (height + rows - 1) / rows;
        const int line = index / across;
        x = (index - line * across) * tile_width, image = line / down, y = (line - image * down) * rows;
    }
};

// A map (images, height, width, channels) of bfloat16; channels a multiple of 8.
struct Map {
    const bf16* data;
    int height, width, channels;

    DEVICE_MEMBER bool has(int y, int x) const { return (uint32)y < (uint32)height && (uint32)x < (uint32)width; }
    DEVICE_MEMBER int64 at(int image, int y, int x) const { return (((int64)image * height + y) * width + x) * channels; }
};

constexpr int most_taps = 15;

// How a block's threads share the copying of a cross of `pieces` 16-byte pieces per pixel: each has one piece of pixels `apart` of each other in
// the band and among the columns.
template <int rows, int threads, int pieces, bool joined> struct CrossShare {
    static constexpr int apart = threads / pieces;
    static constexpr int band_each = (rows * (tile_width + most_taps) + apart - 1) / apart;
    static constexpr int column_each = ((most_taps - 1 + (joined ? rows : 0)) * tile_width + apart - 1) / apart;
    // From one of its pieces to the next in shared memory.
    static constexpr int bytes_apart = threads * 16;

    static DEVICE_MEMBER int piece() { return thread_x() % pieces; }
    static DEVICE_MEMBER int band_to() { return piece_at<pieces>(thread_x() / pieces, piece()); }
    static DEVICE_MEMBER int column_to(const Cross<rows, joined>& cross) { return rows * cross.pitch * pieces * 16 + band_to(); }

    // The row, times 256, and column, from the band's or the columns' first, of this thread's pixel j; −1 where there is none.
    static DEVICE_MEMBER int band(const Cross<rows, joined>& cross, int j) {
        const int pixel = thread_x() / pieces + j * apart, y = pixel / cross.pitch, x = pixel - y * cross.pitch;
        return y < rows && x < cross.pitch - 1 ? y * 256 + x : -1;
    }
    static DEVICE_MEMBER int column(const Cross<rows, joined>& cross, int j) {
        const int pixel = thread_x() / pieces + j * apart, line = pixel / tile_width, y = joined || line < cross.half ? line : line + rows;
        return y < rows + 2 * cross.half ? y * 256 + pixel % tile_width : -1;
    }
};

// Sixteen target pixels whose source pixels for one tap a matrix load gathers. For the k×1 kernel they lie beside each other, so that the next tap
// reads what the fragment one row below reads for this tap; for the 1×k kernel below each other (in a tile of 8 rows as two columns 8 apart), so that
// the next tap reads what the fragment one column to the right reads. Either way a matrix loaded once serves as many taps as a warp has fragments.
template <int rows> DEVICE int upright_y(int i) { return rows == 16 ? i : i % 8; }
template <int rows> DEVICE int upright_x(int i) { return rows == 16 ? 0 : i / 8 * 8; }
