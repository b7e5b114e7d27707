// Copies of channel ranges between tensors of different channel counts: the parts of a concatenation and its gradient, a slice.
// Bytes: every copied element read once and written once. One launch per part; a pixel's channels lie together in both tensors, so
// neighbouring threads take neighbouring channels. Counts and strides are in units of the widest word that divides them all, which
// makes the kernels the same for every number type.
#include "common.cuh"

// x: pixels × source_stride units; y: pixels × target_stride; copies the first `units` of each pixel. Blocks are (units, pixels) threads.
template <typename Unit> DEVICE void copy_channels(const Unit* x, int source_stride, Unit* y, int target_stride, int units, int64 pixels) {
    for (int64 p = (int64)block_x() * threads_y() + thread_y(); p < pixels; p += (int64)blocks_x() * threads_y())
        for (int c = thread_x(); c < units; c += threads_x())
            y[p * target_stride + c] = x[p * source_stride + c];
}

KERNEL(256) copy_channels_16(const uint4* __restrict__ x, int source_stride, uint4* __restrict__ y, int target_stride, int units, int64 pixels) {
    copy_channels(x, source_stride, y, target_stride, units, pixels);
}
KERNEL(256) copy_channels_8(const uint2* __restrict__ x, int source_stride, uint2* __restrict__ y, int target_stride, int units, int64 pixels) {
    copy_channels(x, source_stride, y, target_stride, units, pixels);
}
KERNEL(256) copy_channels_4(const uint32* __restrict__ x, int source_stride, uint32* __restrict__ y, int target_stride, int units, int64 pixels) {
    copy_channels(x, source_stride, y, target_stride, units, pixels);
}
KERNEL(256) copy_channels_2(const uint16* __restrict__ x, int source_stride, uint16* __restrict__ y, int target_stride, int units, int64 pixels) {
    copy_channels(x, source_stride, y, target_stride, units, pixels);
}
