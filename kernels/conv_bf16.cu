// Convolutions of bfloat16 activations and weights on tensor cores, sums in float32. See conv.cuh.
#include "conv.cuh"

using Sums64x64 = TensorSums<bf16, 64, 64>;
using Sums64x32 = TensorSums<bf16, 64, 32>;
using Sums32x32 = TensorSums<bf16, 32, 32>;

CONVOLUTIONS(256x128, bf16, Sums64x64, 256, 128, 4, false)
CONVOLUTIONS(128x128, bf16, Sums64x64, 128, 128, 4, false)
CONVOLUTIONS(128x64, bf16, Sums64x32, 128, 64, 4, false)
CONVOLUTIONS(64x64, bf16, Sums32x32, 64, 64, 4, false)
CONVOLUTIONS(128x32, bf16, Sums32x32, 128, 32, 4, false)
SPLIT_CONVOLUTIONS(64x64)
SPLIT_CONVOLUTIONS(128x64)
// Channels that are no multiple of eight: element by element.
CONVOLUTIONS(gather_64x64, bf16, Sums32x32, 64, 64, 2, true)
