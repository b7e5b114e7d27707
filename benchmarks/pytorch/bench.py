"""Measures the network of network.py as gpucheck measures the engine's: one JSON object a line on standard output.

    python3 bench.py inference --batch 1 8 32
    python3 bench.py training --batch 4 16
    python3 bench.py gicn

Layout channels_last, bfloat16 autocast, cudnn.benchmark. Variants:
  compile, graph    torch.compile, mode max-autotune (it captures CUDA graphs)
  compile           torch.compile, mode max-autotune-no-cudagraphs
  eager, graph      as written, captured in a CUDA graph and replayed
  eager             as written
and for inference the first three with "bf16 weights", converted once instead of in every pass. Those come first that are likely to be the fastest.
For inference batch norms are folded into the convolutions in every variant. Results are looked at before anything is timed.
--kernels tells which kernels take most of the first variant's time.
"""

import argparse
import gc
import json
import statistics
import sys
import time
import traceback

import torch
from torch import nn
from torch.nn import functional as F

import network as reference

SIDE, CLASSES, RATE = 512, 2, 1e-3
WARM_UPS, SAMPLE_SECONDS, FEWEST, MOST, MOST_RUNS = 5, 0.05, 5, 60, 200
HALF = ", bf16 weights"
VARIANTS = {"inference": ("compile, graph" + HALF, "compile, graph", "compile" + HALF, "compile", "eager, graph" + HALF, "eager, graph", "eager"),
            "training": ("compile, graph", "compile", "eager, graph", "eager")}
MODES = {"compile": "max-autotune-no-cudagraphs", "compile, graph": "max-autotune"}
# Side and channels of Res-2 ... Res-5.
MAPS = ((128, 256), (64, 512), (64, 1024), (64, 2048))
GICN_BATCH, GICN_OUTPUTS, K = 8, 32, 7


def tell(**fields):
    print(json.dumps(fields), flush=True)


def clock(run, seconds):
    """Milliseconds per run: median, least and most of samples, each of as many runs as fill SAMPLE_SECONDS."""

    def sample(runs):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(runs):
            run()
        torch.cuda.synchronize()
        return (time.perf_counter() - start) / runs

    for _ in range(WARM_UPS):
        run()
    runs = max(1, min(MOST_RUNS, round(SAMPLE_SECONDS / sample(1))))
    samples, end = [], time.perf_counter() + seconds
    while len(samples) < FEWEST or len(samples) < MOST and time.perf_counter() < end:
        samples.append(1e3 * sample(runs))
    return {"ms": statistics.median(samples), "ms_least": min(samples), "ms_most": max(samples), "samples": len(samples)}


def patches(batch):
    """Discs of another colour on noise, with labels; drawn on the GPU, the same every time."""
    generator = torch.Generator("cuda").manual_seed(1)
    image = 2 * torch.rand(batch, 3, SIDE, SIDE, device="cuda", generator=generator) - 1
    y, x = torch.meshgrid(torch.arange(SIDE, device="cuda"), torch.arange(SIDE, device="cuda"), indexing="ij")
    target = torch.zeros(batch, SIDE, SIDE, dtype=torch.long, device="cuda")
    for _ in range(3):
        centre = SIDE * torch.rand(batch, 2, 1, 1, device="cuda", generator=generator)
        radius = SIDE * (0.08 + 0.15 * torch.rand(batch, 1, 1, device="cuda", generator=generator))
        target[(x - centre[:, 0]) ** 2 + (y - centre[:, 1]) ** 2 < radius**2] = 1
    image += target[:, None] * torch.tensor([0.8, -0.8, 0.4], device="cuda")[None, :, None, None]
    target[:, :2], target[:, -2:], target[:, :, :2], target[:, :, -2:] = 255, 255, 255, 255
    return image.contiguous(memory_format=torch.channels_last), target


def captured(run):
    """A function that replays what run() sends to the GPU and returns its result, in memory that each replay writes anew."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    torch.cuda.reset_peak_memory_stats()
    with torch.cuda.graph(graph):
        result = run()

    def replay():
        graph.replay()
        return result

    return replay


def made(width):
    torch.manual_seed(1)
    model = reference.Network(CLASSES, width)
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


def inference(variant, batch, width):
    model = made(width)
    # Without statistics of its own a batch norm holds nothing back; the sum of residuals would double sixteen times.
    for name, module in model.named_modules():
        if name.endswith(".conv3"):
            module.weight.data *= 0.2
    model = reference.fold(model).cuda().to(memory_format=torch.channels_last).requires_grad_(False)
    image, _ = patches(batch)
    half = variant.endswith(HALF)
    variant = variant.removesuffix(HALF)
    if half:
        model, image = model.bfloat16(), image.bfloat16()

    def forward(x):
        return torch.softmax(model(x).float(), 1)

    with torch.inference_mode():
        exact = None if half else forward(image[:1])
    compiled = torch.compile(forward, mode=MODES[variant], dynamic=False) if variant in MODES else forward

    def run():
        with torch.inference_mode(), torch.autocast("cuda", torch.bfloat16, enabled=not half):
            return compiled(image)

    step = captured(run) if variant == "eager, graph" else run
    step()
    first = step().clone()
    again = step()
    fault = None
    if not torch.isfinite(first).all():
        fault = "probabilities are not finite"
    elif (again - first).abs().max() > 1e-3:
        fault = "two runs differ"
    elif exact is not None and (first[:1] - exact).abs().mean() > 0.05:
        fault = "probabilities are far from float32's"
    return step, fault


def training(variant, batch, width):
    model = made(width).cuda().to(memory_format=torch.channels_last).train()
    image, target = patches(batch)
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE, momentum=0.9, weight_decay=1e-4, fused=True)

    def forward(x, y):
        with torch.autocast("cuda", torch.bfloat16):
            logits = model(x)
        return reference.loss_of(logits, y)

    compiled = torch.compile(forward, mode=MODES[variant], dynamic=False) if variant in MODES else forward

    def run():
        optimiser.zero_grad(set_to_none=True)
        loss = compiled(image, target)
        loss.backward()
        optimiser.step()
        return loss.detach()

    first = run().item()
    step = captured(run) if variant == "eager, graph" else run
    # The first steps may rise, on few patches above all.
    least = min(step().item() for _ in range(12))
    fault = None if 0 < least < first else f"the loss never falls: {first}, then at least {least}"
    return step, fault


def gicn():
    """The first half of a GICN as cuDNN computes it: a 1xk and a kx1 convolution of one map."""
    for side, channels in MAPS:
        x = (2 * torch.rand(GICN_BATCH, channels, side, side, device="cuda") - 1).bfloat16().contiguous(memory_format=torch.channels_last).requires_grad_()
        row = torch.randn(GICN_OUTPUTS, channels, 1, K, device="cuda").mul_(0.02).bfloat16().contiguous(memory_format=torch.channels_last).requires_grad_()
        column = torch.randn(GICN_OUTPUTS, channels, K, 1, device="cuda").mul_(0.02).bfloat16().contiguous(memory_format=torch.channels_last).requires_grad_()
        bias = torch.zeros(GICN_OUTPUTS, device="cuda", dtype=torch.bfloat16, requires_grad=True)
        seed = (2 * torch.rand(GICN_BATCH, GICN_OUTPUTS, side, side, device="cuda") - 1).bfloat16().contiguous(memory_format=torch.channels_last)

        def forward(bias=bias):
            return F.conv2d(x, row, bias, padding=(0, K // 2)), F.conv2d(x, column, bias, padding=(K // 2, 0))

        def without_gradients():
            with torch.no_grad():
                return forward()

        def without_bias():
            with torch.no_grad():
                return forward(None)

        def with_gradients():
            left, right = forward()
            return torch.autograd.grad(left + right, (x, row, column, bias), seed)

        for what, variant, run in (("gicn", "cuDNN, graph", without_gradients), ("gicn", "cuDNN, graph, no bias", without_bias),
                                   ("gicn training", "cuDNN, graph", with_gradients)):
            tell(kind="bench", what=what, engine="pytorch", variant=variant, batch=GICN_BATCH, side=side, channels=channels,
                 **clock(captured(run), ARGUMENTS.seconds), fault=None)


def kernels(what, variant, batch, width):
    """The kernels that take most of a run's time."""
    try:
        step, _ = (inference if what == "inference" else training)(variant, batch, width)
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
            step()
            torch.cuda.synchronize()
        times = {}
        for event in profile.events():
            if "CUDA" in str(event.device_type):
                count, total = times.get(event.name, (0, 0))
                times[event.name] = (count + 1, total + event.time_range.elapsed_us())
        for name, (count, total) in sorted(times.items(), key=lambda item: -item[1][1])[:ARGUMENTS.kernels]:
            tell(kind="torch kernel", what=what, variant=variant, batch=batch, name=name[:160], launches=count, microseconds=total)
    except Exception:  # It is of interest, no more.
        traceback.print_exc(file=sys.stderr)


def measure(what, variant, batch, width):
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    free = torch.cuda.mem_get_info()[0]
    line = {"kind": "bench", "what": what, "engine": "pytorch", "variant": variant, "batch": batch, "side": SIDE}
    try:
        step, fault = (inference if what == "inference" else training)(variant, batch, width)
        if fault is None:
            # Compiling and trying algorithms take memory that running does not. A captured graph allocates while it is captured and
            # never again; of one that torch.compile captures by itself the allocator cannot tell the peak.
            bare = variant.removesuffix(HALF)
            if bare in ("compile", "eager"):
                torch.cuda.reset_peak_memory_stats()
            line |= clock(step, ARGUMENTS.seconds)
            line |= {"memory_mib": None if bare == "compile, graph" else torch.cuda.max_memory_allocated() / 2**20}
            line |= {"device_mib": (free - torch.cuda.mem_get_info()[0]) / 2**20}
    except Exception as error:  # One variant that fails must not lose the others.
        traceback.print_exc(file=sys.stderr)
        fault = f"{type(error).__name__}: {error}".split("\n")[0][:200]
    tell(**line, fault=fault)
    step = None
    torch._dynamo.reset()
    gc.collect()
    torch.cuda.empty_cache()


def main():
    tell(kind="machine", torch=torch.__version__, torch_cudnn=str(torch.backends.cudnn.version()), gpu=torch.cuda.get_device_name())
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    if ARGUMENTS.what == "gicn":
        gicn()
        return
    batches = ARGUMENTS.batch or ((1, 8, 32) if ARGUMENTS.what == "inference" else (4, 16))
    for batch in batches:
        for variant in ARGUMENTS.variant or VARIANTS[ARGUMENTS.what]:
            measure(ARGUMENTS.what, variant, batch, ARGUMENTS.width)
    if ARGUMENTS.kernels:
        # At the end, as a profiler may disturb what comes behind it.
        kernels(ARGUMENTS.what, (ARGUMENTS.variant or VARIANTS[ARGUMENTS.what])[0], batches[0], ARGUMENTS.width)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("inference", "training", "gicn"))
    parser.add_argument("--batch", type=int, nargs="+")
    parser.add_argument("--variant", nargs="+", choices=VARIANTS["inference"])
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--kernels", type=int, default=0, metavar="N")
    parser.add_argument("--seconds", type=float, default=5)
    ARGUMENTS = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("bench.py: no GPU that PyTorch can use")
    main()
