// Convolutions in float32 throughout, on the ordinary units. See conv.cuh.
#include "conv.cuh"

using Sums32x64 = PlainSums<32, 64>;
using Sums32x32 = PlainSums<32, 32>;

CONVOLUTIONS(128x128, float, Sums32x64, 128, 128, 3, false)
CONVOLUTIONS(128x64, float, Sums32x64, 128, 64, 3, false)
CONVOLUTIONS(64x64, float, Sums32x32, 64, 64, 3, false)
CONVOLUTIONS(128x32, float, Sums32x32, 128, 32, 3, false)
SPLIT_CONVOLUTIONS(64x64)
SPLIT_CONVOLUTIONS(128x64)
// Channels that are no multiple of four: element by element.
CONVOLUTIONS(gather_64x64, float, Sums32x32, 64, 64, 2, true)
