// One step of stochastic gradient descent for all parameters in one launch, with the bfloat16 copies that convolutions multiply:
// g = dw + decay·w; v = momentum·v + g; w = w − rate·v.
// Bytes per parameter: w, dw and v read, w and v written (20), and 2 for the copy; 6 FLOPs. Parameters differ in size by orders of
// magnitude, so the grid is cut into pieces beforehand: each block finds its parameter and its place within it in a table.
#include "common.cuh"

// As SgdTensor in SgdUpdate.Cuda.cs.
struct tensor {
    float* w;
    const float* dw;
    float* v;
    bf16* copy; // or null
    int64 count;
};

struct piece {
    int tensor;
    int index;
};

constexpr int piece_size = 4096;

DEVICE void update(const tensor& t, int64 i, auto some, float rate, float momentum, float decay) {
    constexpr int n = some.count;
    float w[n], g[n], v[n];
    load(t.w + i, w);
    load(t.dw + i, g);
    load(t.v + i, v);
    for (int k = 0; k < n; k++) {
        v[k] = momentum * v[k] + (g[k] + decay * w[k]);
        w[k] -= rate * v[k];
    }
    store(t.v + i, v);
    store(t.w + i, w);
    if (t.copy)
        store(t.copy + i, w);
}

KERNEL(256) sgd(const tensor* __restrict__ tensors, const piece* __restrict__ pieces, const float* __restrict__ rate, float momentum, float decay) {
    const piece at = pieces[block_x()];
    const tensor t = tensors[at.tensor];
    const float lr = *rate;
    const int64 first = (int64)at.index * piece_size;
    const int count = (int)(t.count - first < piece_size ? t.count - first : piece_size);
    for (int i = thread_x() * 4; i + 4 <= count; i += 256 * 4)
        update(t, first + i, lanes<4>(), lr, momentum, decay);
    for (int i = count / 4 * 4 + thread_x(); i < count; i += 256)
        update(t, first + i, lanes<1>(), lr, momentum, decay);
}
