// Weight gradients in float32 throughout, on the ordinary units. See conv_wgrad.cuh.
#include "conv_wgrad.cuh"

using Sums32x64 = PlainSums<32, 64>;
using Sums32x32 = PlainSums<32, 32>;

WEIGHT_GRADIENT(128x128, float, Sums32x64, 128, 128, 3, false)
WEIGHT_GRADIENT(64x128, float, Sums32x64, 64, 128, 3, false)
WEIGHT_GRADIENT(64x64, float, Sums32x32, 64, 64, 3, false)
// Channels that are no multiple of four: element by element.
WEIGHT_GRADIENT(gather_64x64, float, Sums32x32, 64, 64, 2, true)
