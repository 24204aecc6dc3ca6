"""Batches whose images the device of the training distorts and turns into views.

The CPU decodes an image, cuts the part that is distorted, and draws its class, its key
and its views, by the same generators as `batches`. It sends the part as bytes; the
device does the rest. It finishes the crops of images that cannot be distorted there, of
photographs, and of images of another size than most have, up to their colors.
"""

import functools
from typing import Any

import numpy as np

from tfiqa.data import epochs as pipelines
from tfiqa.data.color_tensors import in_colors
from tfiqa.data.common_size import common_size
from tfiqa.data.images import Images
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import device_crops
from tfiqa.distortions.grouped import FINISHED
from tfiqa.distortions.single import kinds_of
from tfiqa.methods.contrique import batches as pipeline
from tfiqa.methods.contrique import drawing
from tfiqa.methods.contrique.config import CLASSES
from tfiqa.methods.contrique.config import PRISTINE
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.views import View

KINDS = kinds_of("kadid")


def refusal(images: Images, config: Config) -> str:
    """Returns why images need the CPU; empty if they do not."""
    if images.distorted:
        return "images are stored distorted"
    if config.sequence > 1:
        return "several distortions of an image are computed in its pipeline"
    return ""


def size_on_device(images: Images, config: Config, seed: int) -> tuple[int, int] | None:
    """Returns height and width of the images that the device distorts.

    They are those of the parts that most images are cut to; see `common_size`.
    """
    rng = np.random.default_rng(0)

    def size_of(image: np.ndarray) -> tuple[int, int] | None:
        height, width, _ = drawing.window(image, rng, config).shape
        # The half scale of odd sides is no mean of whole pixels.
        return None if height % 2 or width % 2 else (height, width)

    return common_size(images, seed, size_of)


def batches(
    images: Images,
    authentic_images: Images | None,
    config: Config,
    size: tuple[int, int],
    *,
    seed: int,
    epochs: range,
    part: Part = WHOLE,
) -> Any:
    """Returns what `finished` makes batches of, for all `epochs`.

    Args:
        images: Pristine images.
        authentic_images: Photographs with their own distortions.
        config: See `pipeline.batches`.
        size: Height and width of the images that the device distorts.
        seed: Seed of the run.
        epochs: Indices of the epochs.
        part: See `pipeline.batches`.
    """
    options = {"seed": seed, "epochs": epochs}
    make = functools.partial(
        _batches, images, authentic_images, config, size, **options
    )
    return pipeline.divided(make, images, authentic_images, config, part)


def _batches(
    images: Images,
    authentic_images: Images | None,
    config: Config,
    size: tuple[int, int],
    *,
    seed: int,
    epochs: range,
    part: Part,
) -> Any:
    side, sources = config.crop_size, (images, authentic_images, config)
    rows = part.share(pipeline.share_of(authentic_images, config))
    options = {"seed": seed, "epochs": epochs, "part": part}
    # Both crops by scale, their colors, whether that at half scale comes first, and the
    # class.
    shown = (
        *(((2, side, side, 3), "uint8"), ((2,), "int32"), ((), "bool")),
        ((), "int32"),
    )
    recipe = (
        *(((*size, 3), "uint8"), ((), "int32"), ((2,), "int32")),
        ((2, 2, side), "int32"),
    )
    distorted = pipeline.distorted_elements(
        *sources,
        functools.partial(_distorted, size, config, seed),
        (*shown, *recipe),
        **options,
    )
    if authentic_images is None:
        return pipelines.batched(distorted, rows).map(lambda *parts: (parts,))
    authentic = pipeline.authentic_elements(
        images,
        authentic_images,
        config,
        functools.partial(_authentic, config, seed),
        shown,
        **options,
    )

    # Here, since replicas see only their own rows of a batch.
    def with_own_classes(ours, theirs):
        crops, colors, turned, labels = theirs
        both = pipelines.alternated(ours[3], labels)
        both = pipelines.distinct(both, first=CLASSES, worker=part.worker)
        return ours, (crops, colors, turned, both[1::2])

    both = pipelines.batched(pipelines.zipped(distorted, authentic), rows)
    return both.map(with_own_classes)


def finished(config: Config, data: Any) -> tuple[tuple[Any, Any], Any]:
    """Returns a batch as `pipeline.batches` returns it, computed where it is called.

    Args:
        config: See `pipeline.batches`.
        data: An element of `batches`, or the share of it on one replica.
    """
    (crops, colors, turned, labels, *recipe), *authentic = data
    images, kinds, keys, lines = recipe
    crops = device_crops.distorted_crops(
        images,
        kinds[:, None],
        keys[:, None],
        lines[:, None, :, None],
        crops[:, None, :, None],
        of=KINDS,
        halving="bilinear",
    )[:, 0, :, 0]
    ours = crops, colors, turned, labels
    if authentic:
        ours = tuple(map(device_crops.by_turns, ours, authentic[0]))
    crops, colors, turned, labels = ours
    shape: Any = tuple(crops.shape)
    views = in_colors(
        pipelines.reshaped(crops, (-1, *shape[2:])),
        pipelines.reshaped(colors, (-1,)),
        tuple(_name(color, config.lab) for color in config.colors),
    )
    first, second = device_crops.in_order(pipelines.reshaped(views, shape), turned)
    return (first, second), labels


def _name(color: str, lab: str) -> str:
    return "lab_of_signed_bytes" if color == "lab" and lab == "released" else color


def _distorted(
    size: tuple[int, int], config: Config, seed: int, traced: bool, *example: Any
) -> tuple[np.ndarray, ...]:
    """Returns what the device needs to know of the versions of an image."""
    image, versions = drawing.draw_versions(config, seed, *example)
    elements = [_element(image, v, size, config, traced) for v in versions]
    return tuple(np.stack(parts) for parts in zip(*elements, strict=True))


def _element(
    image: np.ndarray,
    version: drawing.Version,
    size: tuple[int, int],
    config: Config,
    traced: bool,
) -> tuple[Any, ...]:
    kind = _kind(version.label) if image.shape[:2] == size else FINISHED
    source = image
    crops, colors, turned = _blank(version.views, config)
    lines = np.zeros((2, 2, config.crop_size), np.int32)
    if kind == FINISHED:
        source = np.zeros((*size, 3), np.uint8)
        changed = drawing.distorted(image, version.label, version.key, traced=traced)
        crops = _crops_of(changed, version.views)
    else:
        for view in version.views:
            lines[view.factor - 1] = view.lines(*size)
    key = np.zeros(2, np.int32) if version.key is None else version.key
    label = np.int32(version.label)
    return crops, colors, turned, label, source, np.int32(kind), key, lines


def _authentic(
    config: Config, seed: int, image: np.ndarray, *example: Any
) -> tuple[Any, ...]:
    views = drawing.draw_authentic(config, seed, image, *example)
    _, *facts = _blank(views, config)
    return _crops_of(image, views), *facts, np.int32(CLASSES)


def _blank(
    views: tuple[View, View], config: Config
) -> tuple[np.ndarray, np.ndarray, np.bool_]:
    """Returns room for crops by scale; their colors; whether half scale comes first."""
    side = config.crop_size
    colors = np.zeros(2, np.int32)
    for view in views:
        colors[view.factor - 1] = config.colors.index(view.color)
    crops = np.zeros((2, side, side, 3), np.uint8)
    return crops, colors, np.bool_(views[0].factor == 2)


def _crops_of(image: np.ndarray, views: tuple[View, View]) -> np.ndarray:
    """Returns the crops of views by scale, mirrored but not converted."""
    by_scale = sorted(views, key=lambda view: view.factor)
    return np.stack([view.turned(view.crop(image)) for view in by_scale])


def _kind(label: int) -> int:
    if label == PRISTINE:
        return KINDS.unchanged
    name = {row.number: name for name, row in DISTORTIONS.items()}
    number, level = drawing.type_and_level(label)
    return KINDS.of(name[number], level)
