// The convolutions of gicn_cross.cuh for compute capability 9.0, in tiles of 16 rows: four warps, a group, multiply together. Each holds its own pixels in
// registers, as a product's rows, and all read the weights of a tap where they lie in shared memory. A matrix of pixels loaded once still serves as many
// taps as there are fragments, so that of the 128 bytes which shared memory gives per clock the weights take half: 1 KB for each product of 64 × 32 × 16,
// which takes 16 clocks.
#include "gicn_cross.cuh"
#include "hopper.cuh"

#define FRAGMENT_SUMS(c) \
    "+f"(c[0][0]), "+f"(c[0][1]), "+f"(c[0][2]), "+f"(c[0][3]), "+f"(c[1][0]), "+f"(c[1][1]), "+f"(c[1][2]), "+f"(c[1][3]), \
    "+f"(c[2][0]), "+f"(c[2][1]), "+f"(c[2][2]), "+f"(c[2][3]), "+f"(c[3][0]), "+f"(c[3][1]), "+f"(c[3][2]), "+f"(c[3][3])
#define FRAGMENT(a) "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3])
#define FRAGMENT_PRODUCT(sums, a) \
    "wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 {" sums "}, {" a "}, %[b], on, 1, 1, %[transposed];\n\t"

template <bool transposed> struct GroupTaps {
    static constexpr int alignment = 1024;
    uint64 b[2];

    static DEVICE_MEMBER int thread() {
        int x;
        asm volatile("mov.u32 %0, %%tid.x;" : "=r"(x));
        return x;
    }
    static DEVICE_MEMBER void ready() { fence_for_products(); }

    DEVICE_MEMBER void load(int buffer, uint32 tap) { b[buffer] = transposed ? described<2 * target_tile>(tap) : described<2 * step_channels>(tap); }

    // Waits for the products; meanwhile another group, of this block or the one beside it, keeps the tensor cores busy.
    DEVICE_MEMBER void multiply(float (&sums)[4][4][4], const uint32 (&a)[4][4], int first, int buffer) const {
        asm volatile("{\n\t.reg .pred on;\n\tsetp.ne.b32 on, %[one], 0;\n\twgmma.fence.sync.aligned;\n\t"
            FRAGMENT_PRODUCT("%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15", "%64, %65, %66, %67")
            FRAGMENT_PRODUCT("%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31", "%68, %69, %70, %71")
            FRAGMENT_PRODUCT("%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47", "%72, %73, %74, %75")
            FRAGMENT_PRODUCT("%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63", "%76, %77, %78, %79")
            "wgmma.commit_group.sync.aligned;\n\twgmma.wait_group.sync.aligned 0;\n\t}"
            : FRAGMENT_SUMS(sums[0]), FRAGMENT_SUMS(sums[1]), FRAGMENT_SUMS(sums[2]), FRAGMENT_SUMS(sums[3])
            : FRAGMENT(a[first % 4]), FRAGMENT(a[(first + 1) % 4]), FRAGMENT(a[(first + 2) % 4]), FRAGMENT(a[(first + 3) % 4]),
            [b] "l"(b[buffer]), [transposed] "n"(transposed ? 1 : 0), [one] "r"(1)
            : "memory");
    }
};

CROSS(cross_split_16, GroupTaps, 16, 4, false, false, 2)
CROSS(cross_split_transposed_16, GroupTaps, 16, 4, false, true, 2)
CROSS(cross_joined_16, GroupTaps, 16, 4, true, false, 3)
CROSS(cross_joined_transposed_16, GroupTaps, 16, 4, true, true, 3)
