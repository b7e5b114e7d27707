// What compute capability 9.0 has beyond mma.cuh: barriers in shared memory that count arrivals and bytes, copies of boxes by the tensor memory
// accelerator, and products by a group of four warps that read one operand or both from shared memory. Modules that include this are for sm_90a alone.
//
// Operands of products lie in rows of 128 bytes, 64 bfloat16; eight rows make a pattern of 1024 bytes, in which piece p of 16 bytes of row r lies at
// p ^ r. Along k: a row is a row of A (or a column of B) and has 64 of k. Across k: a row is one k and has 64 rows of A (or columns of B). Rows of 64 bytes
// mix a piece with r / 2, rows of 32 bytes with r / 4, as piece_at in gicn.cuh does.
#pragma once
#include "mma.cuh"

constexpr int group_threads = 128;

// This thread, read anew: what follows from it is computed again instead of being kept in registers.
DEVICE int thread_anew() {
    int x;
    asm volatile("mov.u32 %0, %%tid.x;" : "=r"(x));
    __builtin_assume(x >= 0 && x < 1024);
    return x;
}

constexpr int row_bytes = 128, row_elements = 64, pattern_bytes = 8 * row_bytes;

// Byte of 16-byte piece `piece` of a row, within a tile that begins with a pattern.
DEVICE int swizzled(int row, int piece) { return row * row_bytes + ((piece ^ (row & 7)) << 4); }

// A barrier in shared memory: eight bytes. Phases follow one another, each ended by `arrivals` arrivals and by all bytes expected in it.
DEVICE void start_barrier(uint32 barrier, int arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

// Shows barriers that were started to the accelerator.
DEVICE void fence_barriers() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

DEVICE void arrive(uint32 barrier) { asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory"); }

// Arrives, and lets the phase also wait for so many bytes of copy_box.
DEVICE void arrive_expecting(uint32 barrier, int bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

DEVICE void wait_all_copies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

// Arrives once all copy_async of this thread so far are there.
DEVICE void arrive_behind_copies(uint32 barrier) {
    asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" ::"r"(barrier) : "memory");
}

DEVICE bool has_passed(uint32 barrier, int parity) {
    uint32 passed;
    asm volatile("{\n\t.reg .pred passed;\n\tmbarrier.try_wait.parity.shared::cta.b64 passed, [%1], %2;\n\tselp.b32 %0, 1, 0, passed;\n\t}"
        : "=r"(passed) : "r"(barrier), "r"(parity) : "memory");
    return passed;
}

// Waits for the end of the phase of that parity. What never ends is a fault, not a hang: each try waits by itself before it fails.
DEVICE void wait(uint32 barrier, int parity) {
    constexpr int most_tries = 1 << 22;
    for (int tries = 0; !has_passed(barrier, parity); tries++)
        if (tries == most_tries)
            __builtin_trap();
}

// What cuTensorMapEncodeTiled writes. A kernel's parameter, handed over by value: for one in global memory each block would need a fence.
struct alignas(64) TensorMap { uint8 bytes[128]; };

// The address of a kernel's parameter where it lies; from &parameter the compiler would make a copy in local memory.
#define PARAMETER_ADDRESS(kernel, index, address)                                                                             \
    asm("{\n\t.reg .b64 place;\n\tmov.b64 place, " #kernel "_param_" #index ";\n\tcvta.param.u64 %0, place;\n\t}" : "=l"(address))

// One box of a tensor map into a tile of shared memory, zeros where it lies outside; c0 counts elements of the dimension that lies together.
DEVICE void copy_box(uint32 to, uint64 map, int c0, int c1, int c2, uint32 barrier) {
    asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4}], [%5];"
        ::"r"(to), "l"(map), "r"(c0), "r"(c1), "r"(c2), "r"(barrier) : "memory");
}

// Makes what ordinary writes and copy_async put into shared memory, as far as this thread knows of it, visible to products and the accelerator.
DEVICE void fence_for_products() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// This group's registers per thread from here on; whole groups of four warps take part.
template <int count> DEVICE void keep_registers() { asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(count)); }
template <int count> DEVICE void take_registers() { asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(count)); }

// How an operand lies in shared memory, for products: tile along k, or across k with its blocks of one row's elements `block_bytes` apart. Patterns of
// eight rows begin at multiples of their size and follow one another.
template <int bytes = row_bytes> DEVICE uint64 described(uint32 tile, int block_bytes = 16) {
    static_assert(bytes == 128 || bytes == 64 || bytes == 32);
    constexpr uint64 mixed = (uint64)(bytes == 128 ? 1 : bytes == 64 ? 2 : 3) << 62;
    return mixed | (uint64)(8 * bytes >> 4) << 32 | (uint64)(block_bytes >> 4) << 16 | (tile >> 4 & 0x3fff);
}

// By how much a description moves for the next 16 of k.
template <bool across> constexpr int next_k = across ? 16 * row_bytes >> 4 : 16 * 2 >> 4;

// Operands 16·k … of the assembly below, and what they are bound to.
#define NAMES_0 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15"
#define NAMES_1 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define NAMES_2 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47"
#define NAMES_3 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define NAMES_4 "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79"
#define NAMES_5 "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95"
#define NAMES_6 "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111"
#define NAMES_7 "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
#define SUMS_4(i) "+f"(c[i]), "+f"(c[i + 1]), "+f"(c[i + 2]), "+f"(c[i + 3])
#define SUMS_16(i) SUMS_4(i), SUMS_4(i + 4), SUMS_4(i + 8), SUMS_4(i + 12)
#define SUMS_32(i) SUMS_16(i), SUMS_16(i + 16)
#define SUMS_64 SUMS_32(0)
#define SUMS_128 SUMS_32(0), SUMS_32(32)
#define SUMS_256 SUMS_32(0), SUMS_32(32), SUMS_32(64), SUMS_32(96)

// A warp group's sums, 64 × N. Lane l of warp w, g = l / 4, t = l % 4, holds in c[4j], c[4j + 1] the columns 8j + 2t + {0, 1} of row 16w + g, and
// in c[4j + 2], c[4j + 3] those of row 16w + g + 8.
//
// multiply(a, b): c += A · B over 64 of k, and waits for it. Until then the registers belong to the products: whatever the compiler puts between
// them, if only copies from one register to another, would be undefined. Another group, of this block or another, keeps the tensor cores busy meanwhile.
template <int N> struct GroupSums;

#define PRODUCT(N, names) \
    "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32.bf16.bf16 {" names "}, a, b, on, 1, 1, %[across_a], %[across_b];\n\t"
#define NEXT_K "add.s64 a, a, %[next_a];\n\tadd.s64 b, b, %[next_b];\n\t"
#define GROUP_SUMS(N, names, sums)                                                                                                                    \
    template <> struct GroupSums<N> {                                                                                                                 \
        float c[N / 2];                                                                                                                               \
        template <bool across_a, bool across_b> DEVICE_MEMBER void multiply(uint64 a, uint64 b) {                                                     \
            asm volatile("{\n\t.reg .pred on;\n\t.reg .b64 a, b;\n\tsetp.ne.b32 on, %[one], 0;\n\tmov.b64 a, %[a];\n\tmov.b64 b, %[b];\n\t"             \
                "wgmma.fence.sync.aligned;\n\t"                                                                                                       \
                PRODUCT(N, names) NEXT_K PRODUCT(N, names) NEXT_K PRODUCT(N, names) NEXT_K PRODUCT(N, names)                                          \
                "wgmma.commit_group.sync.aligned;\n\twgmma.wait_group.sync.aligned 0;\n\t}"                                                           \
                : sums                                                                                                                                \
                : [a] "l"(a), [b] "l"(b), [next_a] "n"(next_k<across_a>), [next_b] "n"(next_k<across_b>), [across_a] "n"(across_a ? 1 : 0),           \
                [across_b] "n"(across_b ? 1 : 0), [one] "r"(1)                                                                                        \
                : "memory");                                                                                                                          \
        }                                                                                                                                             \
    };

#define NAMES_64 NAMES_0 ", " NAMES_1
#define NAMES_128 NAMES_64 ", " NAMES_2 ", " NAMES_3
#define NAMES_256 NAMES_128 ", " NAMES_4 ", " NAMES_5 ", " NAMES_6 ", " NAMES_7

GROUP_SUMS(64, NAMES_64, SUMS_64)
GROUP_SUMS(128, NAMES_128, SUMS_128)
GROUP_SUMS(256, NAMES_256, SUMS_256)

// For products of 64 × 32 × 16 whose A lies in registers, as mma.cuh has it: warp w of the group holds rows 16w … 16w + 15. `sums` and `a` name operands
// that are bound to a fragment's sums, as of four 16×8 products, and to A; b and across_b are bound by their names.
#define FRAGMENT_PRODUCT(sums, a) "wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 {" sums "}, {" a "}, %[b], on, 1, 1, %[across_b];\n\t"
#define FRAGMENT_PRODUCTS(products) \
    "{\n\t.reg .pred on;\n\tsetp.ne.b32 on, %[one], 0;\n\twgmma.fence.sync.aligned;\n\t" products \
    "wgmma.commit_group.sync.aligned;\n\twgmma.wait_group.sync.aligned 0;\n\t}"
#define FRAGMENT_SUMS(c) \
    "+f"(c[0][0]), "+f"(c[0][1]), "+f"(c[0][2]), "+f"(c[0][3]), "+f"(c[1][0]), "+f"(c[1][1]), "+f"(c[1][2]), "+f"(c[1][3]), \
    "+f"(c[2][0]), "+f"(c[2][1]), "+f"(c[2][2]), "+f"(c[2][3]), "+f"(c[3][0]), "+f"(c[3][1]), "+f"(c[3][2]), "+f"(c[3][3])
#define FRAGMENT(a) "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3])

// A block: `groups` warp groups with `each` times 64 × BN sums, one below the other, and a last group that fetches for them, up to `stages` steps ahead. Each
// step takes 64 of k. Two barriers per stage: `full` ends when the step is there, `empty` when all groups have read it.
template <int groups_, int each_, int BN_, int stages_, int blocks_> struct GroupTile {
    static constexpr int groups = groups_, each = each_, BM = 64 * groups * each, BN = BN_, stages = stages_, blocks = blocks_;
    static constexpr int threads = (groups + 1) * group_threads;
    static constexpr int a_bytes = BM * row_bytes, b_bytes = BN * row_bytes, stage_bytes = a_bytes + b_bytes;
    // A pattern more, as the stages begin with one wherever the block's shared memory begins: as HopperTile.SharedBytes in HopperTile.cs.
    static constexpr int shared_bytes = pattern_bytes + stages * (stage_bytes + 2 * 8);

    uint32 first;

    DEVICE_MEMBER GroupTile(char* memory) : first(shared_address(memory, pattern_bytes)) {}

    DEVICE_MEMBER uint32 a(int stage) const { return first + stage * stage_bytes; }
    DEVICE_MEMBER uint32 b(int stage) const { return a(stage) + a_bytes; }
    DEVICE_MEMBER uint32 full(int stage) const { return first + stages * stage_bytes + stage * 8; }
    DEVICE_MEMBER uint32 empty(int stage) const { return full(stages) + stage * 8; }

    static DEVICE_MEMBER int group() { return thread_x() / group_threads; }
    static DEVICE_MEMBER bool fetches() { return group() == groups; }

    // All threads of the block. A stage is full after every fetching thread's copies and the bytes that one of them announces.
    DEVICE_MEMBER void start() const {
        if (thread_x() == 0) {
#pragma unroll
            for (int stage = 0; stage < stages; stage++) {
                start_barrier(full(stage), group_threads + 1);
                start_barrier(empty(stage), groups * (group_threads / warp_size));
            }
            fence_barriers();
        }
        barrier();
    }

    // The fetching group: fetch(step, a, b, full) has each thread start its copies, the first announce its boxes.
    template <typename Fetch> DEVICE_MEMBER void fetch(int steps, Fetch fetch) const {
        for (int step = 0, stage = 0, parity = 1; step < steps; step++) {
            wait(empty(stage), parity);
            fetch(step, a(stage), b(stage), full(stage));
            arrive_behind_copies(full(stage));
            if (++stage == stages)
                stage = 0, parity ^= 1;
        }
        // No thread ends with copies of its own under way.
        wait_all_copies();
    }

    // The other groups. block_a, block_b: how far 64 rows of A, 64 columns of B lie apart where they lie across k.
    template <bool across_a, bool across_b> DEVICE_MEMBER void multiply(GroupSums<BN> (&sums)[each], int steps) const {
        constexpr int block_bytes = 64 * row_bytes;
#pragma unroll
        for (int m = 0; m < each; m++)
#pragma unroll
            for (int i = 0; i < BN / 2; i++)
                sums[m].c[i] = 0;
        for (int step = 0, stage = 0, parity = 0; step < steps; step++) {
            wait(full(stage), parity);
            fence_for_products();
#pragma unroll
            for (int m = 0; m < each; m++)
                sums[m].template multiply<across_a, across_b>(
                    described(a(stage) + (group() * each + m) * block_bytes, block_bytes), described(b(stage), block_bytes));
            if (thread_x() % warp_size == 0)
                arrive(empty(stage));
            if (++stage == stages)
                stage = 0, parity ^= 1;
        }
    }

    // The block's row of c[4j + 2·half] of the m-th sums.
    static DEVICE_MEMBER int row(int m, int half) {
        return (group() * each + m) * 64 + thread_x() % group_threads / warp_size * 16 + thread_x() % warp_size / 4 + 8 * half;
    }
};
