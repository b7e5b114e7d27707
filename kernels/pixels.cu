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

KERNEL(256) normalise_pixels_f32(const uint8* __restrict__ colours, float* __restrict__ y, int64 pixels, float scale0, float scale1, float scale2, float shift0, float shift1, float shift2) {
    normalise(colours, y, pixels, scale0, scale1, scale2, shift0, shift1, shift2);
}
KERNEL(256) normalise_pixels_bf16(const uint8* __restrict__ colours, bf16* __restrict__ y, int64 pixels, float scale0, float scale1, float scale2, float shift0, float shift1, float shift2) {
    normalise(colours, y, pixels, scale0, scale1, scale2, shift0, shift1, shift2);
}
