// The convolutions of gicn_cross.cuh for compute capability 9.0, in tiles of 16 rows: four warps, a group, multiply together. Each holds its own pixels in
// registers, as a product's rows, and all read the weights of a tap where they lie in shared memory. A matrix of pixels loaded once still serves as many
// taps as there are fragments, so that of the 128 bytes which shared memory gives per clock the weights take half: 1 KB for each product of 64 × 32 × 16,
// which takes 16 clocks.
#include "gicn_cross.cuh"
#include "hopper.cuh"

template <bool transposed> struct GroupTaps {
    static constexpr int alignment = pattern_bytes;
    uint64 b[2];

    static DEVICE_MEMBER int thread() { return thread_anew(); }
    static DEVICE_MEMBER void ready() { fence_for_products(); }

    DEVICE_MEMBER void load(int buffer, uint32 tap) { b[buffer] = transposed ? described<2 * target_tile>(tap) : described<2 * step_channels>(tap); }

    // Waits for the products; meanwhile another group, of this block or the one beside it, keeps the tensor cores busy.
    DEVICE_MEMBER void multiply(float (&sums)[4][4][4], const uint32 (&a)[4][4], int first, int buffer) const {
        asm volatile(FRAGMENT_PRODUCTS(FRAGMENT_PRODUCT(NAMES_0, "%64, %65, %66, %67") FRAGMENT_PRODUCT(NAMES_1, "%68, %69, %70, %71")
            FRAGMENT_PRODUCT(NAMES_2, "%72, %73, %74, %75") FRAGMENT_PRODUCT(NAMES_3, "%76, %77, %78, %79"))
            : FRAGMENT_SUMS(sums[0]), FRAGMENT_SUMS(sums[1]), FRAGMENT_SUMS(sums[2]), FRAGMENT_SUMS(sums[3])
            : FRAGMENT(a[first % 4]), FRAGMENT(a[(first + 1) % 4]), FRAGMENT(a[(first + 2) % 4]), FRAGMENT(a[(first + 3) % 4]),
            [b] "l"(b[buffer]), [across_b] "n"(transposed ? 1 : 0), [one] "r"(1)
            : "memory");
    }
};

CROSS(cross_split_16, GroupTaps, 16, 4, false, false, 2)
CROSS(cross_split_transposed_16, GroupTaps, 16, 4, false, true, 2)
CROSS(cross_joined_16, GroupTaps, 16, 4, true, false, 3)
CROSS(cross_joined_transposed_16, GroupTaps, 16, 4, true, true, 3)
