"""MUSIQ in NumPy, after the paper and the release, slowly and in double precision.

Everything that a batch of images of different sizes needs in the release is here too:
tokens are padded to a square of patches, and those of the padding are masked. Arrays
are those of a released checkpoint, by their names without `opt/target/`.
"""

import math

import numpy as np


def gaussian_resize(image, height, width):
    """Returns the image, `(rows, columns, channels)`, at another size."""
    for axis, target in ((0, height), (1, width)):
        length = image.shape[axis]
        scale = np.float32(target) / np.float32(length)
        weights = np.zeros((target, length))
        for sample in range(target):
            center = np.float32(sample + 0.5) * (np.float32(1) / scale)
            for pixel in range(length):
                distance = abs(np.float32(pixel + 0.5) - center)
                if distance < 1.5:
                    weights[sample, pixel] = math.exp(-(distance**2) / (2 * 0.5**2))
        weights /= weights.sum(axis=1, keepdims=True)
        image = np.moveaxis(np.tensordot(weights, image, (1, axis)), 0, axis)
    return image


def sizes(height, width, longer):
    """Returns height and width after the longer side becomes `longer`."""
    ratio = np.float32(longer) / np.float32(max(height, width))
    tall, wide = (np.rint(np.float32(side) * ratio) for side in (height, width))
    return max(int(tall), 1), max(int(wide), 1)


def patches_of(image, side=32):
    """Returns patches `(rows, columns, side, side, 3)`, padded evenly with zeros."""
    counts = [-(-length // side) for length in image.shape[:2]]
    padding = []
    for count, length in zip(counts, image.shape[:2], strict=True):
        missing = count * side - length
        padding.append((missing // 2, missing - missing // 2))
    padded = np.pad(image, (*padding, (0, 0)))
    rows = [
        [
            padded[side * i : side * (i + 1), side * j : side * (j + 1)]
            for j in range(counts[1])
        ]
        for i in range(counts[0])
    ]
    return np.array(rows)


def hashed(number, count, grid=10):
    """Returns the position on the grid of the patch `number` of `count`."""
    return int(np.floor(np.float32(number) * (np.float32(grid) / np.float32(count))))


def convolved(x, kernel, stride=1):
    """Returns the convolution with a standardized kernel, padded as in TensorFlow."""
    flat = kernel.reshape(-1, kernel.shape[-1]).astype("float64")
    flat = (flat - flat.mean(0)) / (flat.std(0) + 1e-5)
    side = kernel.shape[0]
    before, after = same_padding(x.shape[1], side, stride)
    x = np.pad(x, ((0, 0), (before, after), (before, after), (0, 0)))
    out = -(-(x.shape[1] - side + 1) // stride)
    result = np.empty((len(x), out, out, kernel.shape[-1]))
    for i in range(out):
        for j in range(out):
            top, left = i * stride, j * stride
            window = x[:, top : top + side, left : left + side]
            result[:, i, j] = window.reshape(len(x), -1) @ flat
    return result


def same_padding(length, side, stride):
    """Returns how much is added before and after; the odd pixel comes after."""
    total = max((-(-length // stride) - 1) * stride + side - length, 0)
    return total // 2, total - total // 2


def max_pooled(x):
    """Returns the maxima of 3 x 3 positions, two apart."""
    before, after = same_padding(x.shape[1], 3, 2)
    edges = (before, after)
    x = np.pad(x, ((0, 0), edges, edges, (0, 0)), constant_values=-np.inf)
    out = (x.shape[1] - 3) // 2 + 1
    rows = [
        [x[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max((1, 2)) for j in range(out)]
        for i in range(out)
    ]
    return np.array(rows).transpose(2, 0, 1, 3)


def group_normalized(x, arrays, name, epsilon):
    """Returns maps whose groups of channels, 32 in all, have mean 0 and variance 1."""
    scale, bias = (arrays[f"{name}/{part}"].reshape(-1) for part in ("scale", "bias"))
    groups = x.reshape(*x.shape[:-1], 32, -1)
    mean = groups.mean((1, 2, 4), keepdims=True)
    variance = groups.var((1, 2, 4), keepdims=True)
    normal = ((groups - mean) / np.sqrt(variance + epsilon)).reshape(x.shape)
    return normal * scale + bias


def embedded(patches, arrays):
    """Returns the tokens of patches `(count, 32, 32, 3)` in `[-1, 1]`."""
    x = convolved(patches, arrays["conv_root/kernel"], stride=2)
    x = np.maximum(group_normalized(x, arrays, "gn_root", 1e-6), 0)
    x = max_pooled(x)
    unit = "block1/unit1"
    shortcut = convolved(x, arrays[f"{unit}/conv_proj/kernel"])
    shortcut = group_normalized(shortcut, arrays, f"{unit}/gn_proj", 1e-4)
    for number in (1, 2, 3):
        x = convolved(x, arrays[f"{unit}/conv{number}/kernel"])
        x = group_normalized(x, arrays, f"{unit}/gn{number}", 1e-4)
        if number < 3:
            x = np.maximum(x, 0)
    x = np.maximum(shortcut + x, 0).reshape(len(x), -1)
    return x @ arrays["embedding/kernel"] + arrays["embedding/bias"]


def tokens_of(image, arrays, longer_sides):
    """Returns the padded tokens `(count, d)` of an image, and their mask."""
    image = image.astype("float64") / 127.5 - 1
    height, width = image.shape[:2]
    versions = []
    for side in longer_sides:
        tall, wide = sizes(height, width, side)
        versions.append((gaussian_resize(image, tall, wide), ((side + 31) // 32) ** 2))
    tokens, mask = [], []
    for scale, (version, padded) in enumerate([*versions, (image, 0)]):
        grid = patches_of(version)
        rows, columns = grid.shape[:2]
        here = embedded(grid.reshape(-1, 32, 32, 3), arrays)
        for index in range(len(here)):
            i, j = divmod(index, columns)
            place = hashed(i, rows) * 10 + hashed(j, columns)
            here[index] += arrays["Transformer/posembed_input/pos_embedding"][0, place]
        here += arrays["Transformer/scaleembed_input/scale_embedding"][0, scale]
        missing = max(padded - len(here), 0)
        tokens += [*here, *np.full((missing, here.shape[1]), 7.0)]
        mask += [True] * len(here) + [False] * missing
    return np.array(tokens), np.array(mask)


def attended(tokens, mask, arrays, name):
    """Returns the output of self-attention, in which masked tokens are no keys."""
    query, key, value = (
        np.einsum("td,dhe->hte", tokens, arrays[f"{name}/{part}/kernel"])
        + arrays[f"{name}/{part}/bias"][:, None]
        for part in ("query", "key", "value")
    )
    mixed = np.empty_like(query)
    for head in range(len(query)):
        products = query[head] @ key[head].T / math.sqrt(query.shape[-1])
        products = np.where(mask, products, -1e10)
        shares = np.exp(products - products.max(axis=1, keepdims=True))
        mixed[head] = shares / shares.sum(axis=1, keepdims=True) @ value[head]
    out = np.einsum("hte,hed->td", mixed, arrays[f"{name}/out/kernel"])
    return out + arrays[f"{name}/out/bias"]


def layer_normalized(tokens, arrays, name):
    """Returns tokens with mean 0 and variance 1, times a scale, plus a bias."""
    normal = tokens - tokens.mean(-1, keepdims=True)
    normal /= np.sqrt((normal**2).mean(-1, keepdims=True) + 1e-6)
    return normal * arrays[f"{name}/scale"] + arrays[f"{name}/bias"]


def gelu(x):
    """Returns GELU, approximated by a hyperbolic tangent."""
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def encoded(tokens, mask, arrays, depth):
    """Returns the first token after the transformer."""
    tokens = np.concatenate([arrays["Transformer/cls"][0], tokens])
    mask = np.concatenate([[True], mask])
    for number in range(depth):
        name = f"Transformer/encoderblock_{number}"
        x = layer_normalized(tokens, arrays, f"{name}/LayerNorm_0")
        attention = f"{name}/MultiHeadDotProductAttention_1"
        tokens = tokens + attended(x, mask, arrays, attention)
        x = layer_normalized(tokens, arrays, f"{name}/LayerNorm_2")
        for part, function in (("Dense_0", gelu), ("Dense_1", lambda x: x)):
            dense = f"{name}/MlpBlock_3/{part}"
            x = function(x @ arrays[f"{dense}/kernel"] + arrays[f"{dense}/bias"])
        tokens = tokens + x
    return layer_normalized(tokens[0], arrays, "Transformer/encoder_norm")


def score(image, arrays, *, longer_sides, depth):
    """Returns the score of an image, uint8 `(height, width, 3)`."""
    tokens, mask = tokens_of(image, arrays, longer_sides)
    features = encoded(tokens, mask, arrays, depth)
    outputs = features @ arrays["head/kernel"] + arrays["head/bias"]
    if len(outputs) == 1:
        return float(outputs[0])
    shares = np.exp(outputs - outputs.max())
    return float(shares / shares.sum() @ np.arange(1, len(outputs) + 1))
