// Means over rectangular windows of each plane (average pooling, fixed or adaptive windows), NHWC, and their gradient.
//
// Bytes: forward reads the windows' pixels once (more where windows overlap) and writes y; the gradient reads dy a few times, from the cache, and writes dx
// once. FLOPs: one multiply-add per pixel and window. Rows' weights are 1/height of the window, columns' 1/width.
#include "windows.cuh"

WINDOW_SUMS(average_pool_f32, float, 1, float)
WINDOW_SUMS(average_pool_f32x4, float, 4, float)
WINDOW_SUMS(average_pool_bf16, bf16, 1, bf16)
WINDOW_SUMS(average_pool_bf16x8, bf16, 8, bf16)
WINDOW_TOTALS(average_pool_total_f32, float)
WINDOW_TOTALS(average_pool_total_bf16, bf16)
POOL_GRADIENT(average_pool_gradient_f32, float, 1)
POOL_GRADIENT(average_pool_gradient_f32x4, float, 4)
POOL_GRADIENT(average_pool_gradient_bf16, bf16, 1)
POOL_GRADIENT(average_pool_gradient_bf16x8, bf16, 8)
