"""Writes what PyTorch itself saves of a small convolutional network, and its numbers as they are: torch_saves.py FOLDER."""
import os
import struct
import sys

import torch

folder = sys.argv[1]
torch.manual_seed(3)
network = torch.nn.Sequential(torch.nn.Conv2d(3, 5, 3, bias=False), torch.nn.BatchNorm2d(5), torch.nn.ReLU(), torch.nn.Conv2d(5, 2, (1, 7)))
optimiser = torch.optim.Adam(network.parameters())
network(torch.randn(2, 3, 12, 12)).sum().backward()
optimiser.step()
state = network.state_dict()


def save(what, name, **options):
    torch.save(what, os.path.join(folder, name), **options)


save(state, "plain.pth")
save({"epoch": 7, "state_dict": {"module." + name: tensor for name, tensor in state.items()}, "best": torch.tensor(71.2),
      "optimizer": optimiser.state_dict()}, "checkpoint.pth")
save({name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}, "half.pth")
save({name: tensor.bfloat16() if tensor.is_floating_point() else tensor for name, tensor in state.items()}, "bfloat16.pth")
save({name: tensor.transpose(0, -1).contiguous().transpose(0, -1) if tensor.dim() == 4 else tensor for name, tensor in state.items()}, "strided.pth")
save(state, "legacy.pth", _use_new_zipfile_serialization=False)
save(network, "whole.pth")
torch.jit.script(network).save(os.path.join(folder, "script.pt"))

with open(os.path.join(folder, "numbers.txt"), "w", encoding="utf-8") as file:
    for name, tensor in state.items():
        if tensor.is_floating_point():
            shape = " ".join(map(str, tensor.shape))
            numbers = struct.pack(f"<{tensor.numel()}f", *tensor.flatten().tolist())
            file.write(f"{name};{shape};{numbers.hex()}\n")
