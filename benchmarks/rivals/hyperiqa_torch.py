"""A network of HyperIQA's shape in PyTorch: 25 crops of 224x224, random weights.

ResNet-50, the content vector from four stages, and the layers that write the weights
of the target network: the amount of arithmetic of HyperIQA, defined plainly.
"""

import itertools

import numpy as np
import timing
import torch
from PIL import Image
from torch import nn

CROP, GRID = 224, 5
DEPTHS, WIDTHS = (3, 4, 6, 3), (64, 128, 256, 512)
SIZES = (224, 112, 56, 28, 14)  # Of the target network, before its last layer.


class Bottleneck(nn.Module):
    """Three convolutions and a shortcut."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        outputs = 4 * width
        self.path = nn.Sequential(
            *convolution(inputs, width, 1, 1),
            nn.ReLU(inplace=True),
            *convolution(width, width, 3, stride),
            nn.ReLU(inplace=True),
            *convolution(width, outputs, 1, 1),
        )
        same = inputs == outputs and stride == 1
        self.shortcut = (
            nn.Identity()
            if same
            else nn.Sequential(*convolution(inputs, outputs, 1, stride))
        )

    def forward(self, maps):
        return torch.relu(self.path(maps) + self.shortcut(maps))


class HyperNetwork(nn.Module):
    """From crops to qualities; the weights of its last layers depend on the crop."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            *convolution(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        self.stages, self.local, inputs = nn.ModuleList(), nn.ModuleList(), 64
        for number, (depth, width) in enumerate(zip(DEPTHS, WIDTHS, strict=True)):
            blocks = []
            for block in range(depth):
                stride = 2 if number and not block else 1
                blocks.append(Bottleneck(inputs, width, stride))
                inputs = 4 * width
            self.stages.append(nn.Sequential(*blocks))
            side = CROP // 4 // 2**number
            pool = max(side // 7, 1)
            self.local.append(
                nn.Sequential(
                    nn.Conv2d(inputs, 16, 1),
                    nn.AvgPool2d(pool),
                    nn.Flatten(),
                    nn.LazyLinear(56),
                )
            )
        self.reduce = nn.Sequential(
            nn.Conv2d(2048, 1024, 1),
            nn.ReLU(),
            nn.Conv2d(1024, 512, 1),
            nn.ReLU(),
            nn.Conv2d(512, 112, 1),
            nn.ReLU(),
        )
        pairs = list(itertools.pairwise(SIZES))
        self.weights = nn.ModuleList(
            nn.Conv2d(112, rows * columns // 49, 3, padding=1)
            for rows, columns in pairs
        )
        self.biases = nn.ModuleList(nn.Linear(112, columns) for _, columns in pairs)
        self.last = nn.Linear(112, SIZES[-1] + 1)

    def forward(self, images):
        maps, content = self.stem(images), []
        for stage, local in zip(self.stages, self.local, strict=True):
            maps = stage(maps)
            content.append(local(maps))
        features = self.reduce(maps)
        pooled = features.mean((2, 3))
        values = torch.cat(content, 1)
        for write, bias, rows in zip(
            self.weights, self.biases, SIZES[:-1], strict=True
        ):
            matrix = write(features).reshape(len(values), rows, -1)
            values = torch.bmm(values[:, None], matrix)[:, 0] + bias(pooled)
            values = torch.sigmoid(values)
        last = self.last(pooled)
        return (values * last[:, :-1]).sum(1) + last[:, -1]


def convolution(inputs, outputs, side, stride):
    return (
        nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


def prepare(path):
    image = np.asarray(Image.open(path).convert("RGB"))
    tops, lefts = (
        np.linspace(0, side - CROP, GRID).astype(int) for side in image.shape[:2]
    )
    crops = [image[t : t + CROP, c : c + CROP] for t in tops for c in lefts]
    pixels = torch.tensor(np.stack(crops)).permute(0, 3, 1, 2).float() / 255
    model = HyperNetwork().eval()

    def run():
        with torch.inference_mode():
            return model(pixels).mean().item()

    return run


timing.report(prepare)
