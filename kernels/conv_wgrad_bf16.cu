// Weight gradients of bfloat16 convolutions on tensor cores, sums in float32. See conv_wgrad.cuh.
#include "conv_wgrad.cuh"

using Sums64x64 = TensorSums<bf16, 64, 64>;
using Sums32x64 = TensorSums<bf16, 32, 64>;
using Sums32x32 = TensorSums<bf16, 32, 32>;

WEIGHT_GRADIENT(128x128, bf16, Sums64x64, 128, 128, 4, false)
WEIGHT_GRADIENT(64x128, bf16, Sums32x64, 64, 128, 4, false)
WEIGHT_GRADIENT(64x64, bf16, Sums32x32, 64, 64, 4, false)
// Channels that are no multiple of eight: element by element.
WEIGHT_GRADIENT(gather_64x64, bf16, Sums32x32, 64, 64, 2, true)
