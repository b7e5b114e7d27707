// Weight gradients of float32 convolutions on tensor cores: operands rounded to tf32, sums in float32. See conv_wgrad.cuh.
#include "conv_wgrad.cuh"

using Sums64x64 = TensorSums<float, 64, 64>;
using Sums32x64 = TensorSums<float, 32, 64>;
using Sums32x32 = TensorSums<float, 32, 32>;

WEIGHT_GRADIENT(128x128, float, Sums64x64, 128, 128, 4, false)
WEIGHT_GRADIENT(64x128, float, Sums32x64, 64, 128, 4, false)
WEIGHT_GRADIENT(64x64, float, Sums32x32, 64, 64, 4, false)
// Channels that are no multiple of four: element by element.
WEIGHT_GRADIENT(gather_64x64, float, Sums32x32, 64, 64, 2, true)
