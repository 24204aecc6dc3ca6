"""Convolutional networks in NumPy, slow and obvious, on arrays as PyTorch stores them.

Maps are `(channels, rows, columns)` in double precision.
"""

import numpy as np


def convolved(features, kernel, bias, *, stride=1):
    """Returns a convolution with zeros of half the kernel on every side."""
    _, _, rows, columns = kernel.shape
    padded = np.pad(features, [(0, 0), (rows // 2,) * 2, (columns // 2,) * 2])
    height, width = (
        (length + 2 * (size // 2) - size) // stride + 1
        for length, size in zip(features.shape[1:], (rows, columns), strict=True)
    )
    result = np.zeros((len(kernel), height, width))
    for row in range(rows):
        for column in range(columns):
            taken = padded[:, row:, column:][:, ::stride, ::stride]
            taken = taken[:, :height, :width]
            result += np.tensordot(kernel[:, :, row, column], taken, 1)
    return result + np.asarray(bias)[:, None, None]


def normalized(features, weight, bias, mean, variance):
    """Returns a batch normalization with fixed statistics."""
    parts = (weight, bias, mean, variance)
    weight, bias, mean, variance = (np.asarray(p)[:, None, None] for p in parts)
    return (features - mean) / np.sqrt(variance + 1e-5) * weight + bias


def pooled(features):
    """Returns the maxima of blocks of 2 x 2; an odd row or column is dropped."""
    depth, rows, columns = features.shape
    blocks = features[:, : rows // 2 * 2, : columns // 2 * 2]
    return blocks.reshape(depth, rows // 2, 2, columns // 2, 2).max((2, 4))


def relu(values):
    return np.maximum(values, 0)


# The S-CNN of each release: its strides, mean and deviation of the pixels.
SCNN = {
    "matlab": (
        (1, 2, 1, 2, 1, 2, 1, 2, 1),
        np.array([122.949, 116.650, 109.918]),
        np.ones(3),
    ),
    "pytorch": (
        (1, 2, 1, 2, 1, 2, 1, 1, 2),
        255 * np.array([0.485, 0.456, 0.406]),
        255 * np.array([0.229, 0.224, 0.225]),
    ),
}


def scnn_maps(image, arrays, release, *, prefix="features."):
    """Returns the feature map of an S-CNN for an image `(height, width, 3)`."""
    strides, mean, std = SCNN[release]
    features = ((image.astype("float64") - mean) / std).transpose(2, 0, 1)
    has_statistics = f"{prefix}1.running_mean" in arrays
    for index, stride in enumerate(strides):
        name = f"{prefix}{(3 if has_statistics else 2) * index}"
        kernel, bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
        features = convolved(features, kernel, bias, stride=stride)
        if has_statistics:
            features = normalized(features, *_statistics(arrays, prefix, 3 * index + 1))
        features = relu(features)
    return features


def scnn_logits(maps, arrays):
    """Returns the 39 logits of an S-CNN, from its feature map."""
    values = maps.mean((1, 2))[:, None, None]
    has_statistics = "projection.1.running_mean" in arrays
    for index in range(2):
        name = f"projection.{(3 if has_statistics else 2) * index}"
        kernel, bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
        values = convolved(values, kernel, bias)
        if has_statistics:
            statistics = _statistics(arrays, "projection.", 3 * index + 1)
            values = normalized(values, *statistics)
        values = relu(values)
    return arrays["classifier.weight"] @ values[:, 0, 0] + arrays["classifier.bias"]


def vgg16_maps(image, arrays, *, prefix="features1."):
    """Returns the last convolution of VGG-16, after its rectifier."""
    mean, std = SCNN["pytorch"][1:]
    features = ((image.astype("float64") - mean) / std).transpose(2, 0, 1)
    index = 0
    for block, count in enumerate((2, 2, 3, 3, 3)):
        if block:
            features, index = pooled(features), index + 1
        for _ in range(count):
            kernel = arrays[f"{prefix}{index}.weight"]
            bias = arrays[f"{prefix}{index}.bias"]
            features, index = relu(convolved(features, kernel, bias)), index + 2
    return features


def _statistics(arrays, prefix, number):
    parts = ("weight", "bias", "running_mean", "running_var")
    return [arrays[f"{prefix}{number}.{part}"] for part in parts]
