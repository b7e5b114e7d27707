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

// Byte of a 16-byte piece of a pixel's channels: pixels of 2 pieces (16 channels) or 4 (32).
template <int pieces> DEVICE int piece_at(int pixel, int piece) {
    return pixel * pieces * 16 + ((pieces == 2 ? piece ^ (pixel >> 2 & 1) : piece ^ (pixel >> 1 & 3)) << 4);
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

    // One warp copies `count` pixels of a row from (y, x) on, `pieces`·8 channels each, zeros outside of the map.
    template <int pieces> DEVICE_MEMBER void copy(uint32 to, int pixel, int image, int y, int x, int count, int channel) const {
        const bf16* row = data + ((int64)image * height + y) * width * channels + channel;
        for (int i = thread_x() % warp_size; i < count * pieces; i += warp_size) {
            const int dx = i / pieces, piece = i % pieces;
            copy_async(to + piece_at<pieces>(pixel + dx, piece), row + (int64)(x + dx) * channels + piece * 8,
                (uint32)y < (uint32)height && (uint32)(x + dx) < (uint32)width && channel + piece * 8 < channels);
        }
    }
};

// All warps of a block copy the cross around a tile.
template <int pieces, int warps, int rows, bool joined>
DEVICE void copy_cross(uint32 to, const Cross<rows, joined>& cross, const Map& row_source, const Map& column_source, const Tile<rows>& tile, int channel) {
    const int lines = rows + 2 * cross.half + (joined ? rows : 0);
    for (int line = thread_x() / warp_size; line < lines; line += warps) {
        const int outer = line - rows;
        if (outer < 0) {
            row_source.copy<pieces>(to, cross.band(line, 0), tile.image, tile.y + line, tile.x - cross.half, tile_width + 2 * cross.half, channel);
        } else {
            const int y = joined || outer < cross.half ? outer : outer + rows;
            column_source.copy<pieces>(to, rows * cross.pitch + outer * tile_width, tile.image, tile.y - cross.half + y, tile.x, tile_width, channel);
        }
    }
}

// Sixteen target pixels whose source pixels for one tap a matrix load gathers. For the k×1 kernel they lie beside each other, so that the next tap
// reads what the fragment one row below reads for this tap; for the 1×k kernel below each other (in a tile of 8 rows as two columns 8 apart), so that
// the next tap reads what the fragment one column to the right reads. Either way a matrix loaded once serves as many taps as a warp has fragments.
template <int rows> DEVICE int upright_y(int i) { return rows == 16 ? i : i % 8; }
template <int rows> DEVICE int upright_x(int i) { return rows == 16 ? 0 : i / 8 * 8; }
