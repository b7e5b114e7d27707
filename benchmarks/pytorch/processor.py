"""Times a training step and an inference pass of network.py on the processor, in float32: one JSON object a line on standard output.

    python3 processor.py --batch 2 --side 512 --threads 2

Each in PyTorch's own layout and in channels_last, as written: medians of --rounds turns after one that is not counted. "peak_mib" is what the process has
taken at most until then. For inference batch norms are folded into the convolutions. Beside it, in turns: engine profile -c train.yaml.
"""

import argparse
import json
import resource
import statistics
import time

import torch

import network as reference
from bench import CLASSES, RATE, made

LAYOUTS = {"channels_first": torch.contiguous_format, "channels_last": torch.channels_last}


def training(given, layout):
    model = made(given.width).to(memory_format=layout).train()
    image = torch.randn(given.batch, 3, given.side, given.side).contiguous(memory_format=layout)
    target = torch.randint(0, CLASSES, (given.batch, given.side, given.side))
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE, momentum=0.9, weight_decay=1e-4)

    def run():
        optimiser.zero_grad(set_to_none=True)
        loss = reference.loss_of(model(image), target)
        loss.backward()
        optimiser.step()
        return loss.item()

    return run


def inference(given, layout):
    model = reference.fold(made(given.width)).to(memory_format=layout).requires_grad_(False)
    image = torch.randn(given.batch, 3, given.side, given.side).contiguous(memory_format=layout)

    def run():
        with torch.inference_mode():
            return torch.softmax(model(image), 1).sum().item()

    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    for what in (inference, training):
        for name, layout in LAYOUTS.items():
            run = what(given, layout)
            run()
            times = []
            for _ in range(given.rounds):
                start = time.perf_counter()
                run()
                times.append(time.perf_counter() - start)
            print(json.dumps({
                "what": what.__name__, "layout": name, "batch": given.batch, "side": given.side, "width": given.width, "threads": given.threads,
                "torch": torch.__version__, "seconds": round(statistics.median(times), 4),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}), flush=True)


if __name__ == "__main__":
    main()
