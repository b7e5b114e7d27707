"""The network resnet50-gicn-gpp in PyTorch, for comparison: the same layers, parameters of the same names and shapes.

Shapes are PyTorch's (N, C, H, W); the numbers below are those of a 512x512 patch at width 64.
"""

import torch
from torch import nn
from torch.nn import functional as F

# Blocks, stride and dilation of Res-2 ... Res-5.
STAGES = ((3, 1, 1), (4, 2, 1), (6, 1, 2), (3, 1, 4))
EXPANSION = 4
BINS = (1, 2, 3, 6)
IGNORE = 255


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 with batch norms, and a shortcut."""

    def __init__(self, inputs, channels, stride, dilation, project):
        super().__init__()
        outputs = channels * EXPANSION
        self.conv1 = nn.Conv2d(inputs, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)) if project else nn.Identity()

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        return F.relu(self.bn3(self.conv3(y)) + self.downsample(x), inplace=True)


class Backbone(nn.Module):
    """ResNet-50 without pooling, output stride 8; returns Res-2 ... Res-5."""

    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.down = nn.Sequential(nn.Conv2d(width, width, 1, 2, bias=False), nn.BatchNorm2d(width))
        inputs = width
        for stage, (blocks, stride, dilation) in enumerate(STAGES):
            channels = width << stage
            layers = []
            for block in range(blocks):
                layers.append(Bottleneck(inputs, channels, stride if block == 0 else 1, dilation, project=block == 0))
                inputs = channels * EXPANSION
            self.add_module(f"layer{stage + 1}", nn.Sequential(*layers))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)  # 64 x 256 x 256
        x = F.relu(self.down(x), inplace=True)  # 64 x 128 x 128
        levels = []
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            levels.append(x)
        return levels  # 256 x 128 x 128, then 512, 1024 and 2048 x 64 x 64


class Gicn(nn.Module):
    """(1xk then kx1) + (kx1 then 1xk), with bias, without nonlinearity."""

    def __init__(self, inputs, channels, k):
        super().__init__()
        pad = k // 2

        def row(i):
            return nn.Conv2d(i, channels, (1, k), padding=(0, pad))

        def column(i):
            return nn.Conv2d(i, channels, (k, 1), padding=(pad, 0))

        self.left = nn.Sequential(row(inputs), column(channels))
        self.right = nn.Sequential(column(inputs), row(channels))

    def forward(self, x):
        return self.left(x) + self.right(x)


def enlarge(inputs, outputs, kernel):
    """Transposed convolution that doubles the map, batch norm, ReLU."""
    convolution = nn.ConvTranspose2d(inputs, outputs, 2, 2, bias=False) if kernel == 2 else nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class GlobalPyramidPooling(nn.Module):
    """Res-5 pooled into 1, 4, 9 and 36 bins, each reduced and enlarged again, beside itself; then enlarged to full resolution."""

    def __init__(self, inputs, width):
        super().__init__()
        reduced = 8 * width
        self.reduce = nn.ModuleDict({
            f"bin{b}": nn.Sequential(nn.Conv2d(inputs, reduced, 1, bias=False), nn.BatchNorm2d(reduced), nn.ReLU(inplace=True)) for b in BINS})
        self.up = nn.Sequential(enlarge(inputs + len(BINS) * reduced, width, 3), enlarge(width, width, 3), enlarge(width, width, 3))

    def forward(self, x):
        size = x.shape[2:]
        parts = [x]
        for bins in BINS:
            pooled = self.reduce[f"bin{bins}"](F.adaptive_avg_pool2d(x, bins))
            parts.append(F.interpolate(pooled, size=size, mode="bilinear", align_corners=False))
        return self.up(torch.cat(parts, 1))


class Network(nn.Module):
    """RGB patch to logits at full resolution."""

    def __init__(self, classes=2, width=64, k=7, gicn_channels=32):
        super().__init__()
        self.backbone = Backbone(width)
        self.gicn = nn.ModuleList(Gicn((width << stage) * EXPANSION, gicn_channels, k) for stage in range(len(STAGES)))
        self.deconv = nn.ModuleList([
            enlarge(3 * gicn_channels, gicn_channels, 3), enlarge(2 * gicn_channels, gicn_channels, 3), enlarge(gicn_channels, gicn_channels, 2)])
        self.gpp = GlobalPyramidPooling((width << 3) * EXPANSION, width)
        self.head = nn.Conv2d(gicn_channels + width, classes, 1)

    def forward(self, x):
        levels = self.backbone(x)
        maps = [gicn(level) for gicn, level in zip(self.gicn, levels)]
        y = self.deconv[0](torch.cat(maps[1:], 1))  # 32 x 128 x 128
        y = self.deconv[1](torch.cat((y, maps[0]), 1))  # 32 x 256 x 256
        y = self.deconv[2](y)  # 32 x 512 x 512
        return self.head(torch.cat((y, self.gpp(levels[-1])), 1))


def fold(network):
    """Folds every batch norm into the convolution before it, as an inference program of this engine has it."""
    fuse = nn.utils.fusion.fuse_conv_bn_eval
    network.eval()
    for module in list(network.modules()):
        if isinstance(module, nn.Sequential) and len(module) >= 2 and isinstance(module[1], nn.BatchNorm2d):
            module[0] = fuse(module[0], module[1], transpose=isinstance(module[0], nn.ConvTranspose2d))
            module[1] = nn.Identity()
        for name, norm in list(module.named_children()):
            if name.startswith("bn") and isinstance(norm, nn.BatchNorm2d):
                convolution = name.replace("bn", "conv")
                setattr(module, convolution, fuse(getattr(module, convolution), norm))
                setattr(module, name, nn.Identity())
    return network


def loss_of(logits, target, weight=0.5, k=5e-4):
    """Cross-entropy over counted pixels plus the location loss, 0.5 - (|y n P| + k) / (|y| + |P| + 2k) per image and foreground class."""
    logits = logits.float()
    counted = target != IGNORE
    entropy = F.cross_entropy(logits, target, ignore_index=IGNORE)
    probability = torch.softmax(logits, 1)[:, 1:] * counted[:, None]
    classes = torch.arange(1, logits.shape[1], device=logits.device)[None, :, None, None]
    truth = (target[:, None] == classes).float()
    both = (truth * probability).sum((2, 3))
    location = 0.5 - (both + k) / (truth.sum((2, 3)) + probability.sum((2, 3)) + 2 * k)
    return entropy + weight * location.mean()
