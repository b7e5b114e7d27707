// The instructions of tensor-core products: asynchronous copies into shared memory, matrix loads from it, and the products themselves.
// Lane l of a warp, g = l / 4, t = l % 4, holds of a 16×8 product: c0, c1 = (g, 2t + {0, 1}); c2, c3 = (g + 8, 2t + {0, 1}).
// Of A in 32-bit words w (two bfloat16 or one tf32): a0 = (g, t), a1 = (g + 8, t), a2 = (g, t + 4), a3 = (g + 8, t + 4); of B: b0 = (t, g), b1 = (t + 4, g).
#pragma once
#include "common.cuh"

// DEVICE for functions that are members.
#define DEVICE_MEMBER inline __device__ __attribute__((always_inline))

DEVICE int blocks_z() { return __nvvm_read_ptx_sreg_nctaid_z(); }

using float2 = float __attribute__((ext_vector_type(2)));
using int4 = int __attribute__((ext_vector_type(4)));

// Shared memory is addressed by 32 bits in these instructions.
DEVICE uint32 shared_address(const void* p) { return (uint32)(uint64)(const __attribute__((address_space(3))) void*)p; }

// The first address from there on that is a multiple of `alignment`, a power of two.
DEVICE uint32 shared_address(const void* p, uint32 alignment) { return (shared_address(p) + alignment - 1) & ~(alignment - 1); }

// 16 bytes from global to shared memory, past the registers; zeros where `inside` is false, and then nothing is read.
DEVICE void copy_async(uint32 to, const void* from, bool inside) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"((const __attribute__((address_space(1))) void*)from),
        "r"(inside ? 16 : 0) : "memory");
}

// Ends a group of copies.
DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until at most `pending` of this thread's groups are under way.
template <int pending> DEVICE void wait_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory"); }

DEVICE void warp_barrier() { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }

// Four 8×8 matrices of 16-bit elements (or 8×4 of 32-bit); lane l gives the address of row l % 8 of matrix l / 8.
DEVICE void load_matrices(uint32 (&r)[4], uint32 address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address) : "memory");
}

// The same, each matrix transposed; 16-bit elements only.
DEVICE void load_matrices_transposed(uint32 (&r)[4], uint32 address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
        : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address) : "memory");
}

// 16×8 += 16×16 · 16×8.
DEVICE void multiply_bf16(float (&c)[4], const uint32 (&a)[4], uint32 b0, uint32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// 16×8 += 16×8 · 8×8.
DEVICE void multiply_tf32(float (&c)[4], const uint32 (&a)[4], uint32 b0, uint32 b1) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// float32 bits to tf32: 10 bits of mantissa, to nearest, ties away from zero.
DEVICE uint32 to_tf32(uint32 bits) {
    uint32 r;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(r) : "f"(__builtin_bit_cast(float, bits)));
    return r;
}
