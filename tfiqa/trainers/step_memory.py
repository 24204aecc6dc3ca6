"""The memory of a training step, estimated before the first one.

The step is traced, as `fit` would do later; the trace is kept for it. The estimate adds
the variables, a batch, and the most bytes that tensors of the step hold at once.
"""

import dataclasses
import math
from typing import Any

import keras

from tfiqa.trainers import device_memory
from tfiqa.trainers.graph_bytes import peak_bytes
from tfiqa.trainers.remedies import Remedies
from tfiqa.trainers.remedies import TooLargeStep as TooLargeStep

# What kernels need beside their tensors, and memory that allocators cannot use, as a
# share of the tensors. Measured on CPU: see docs/precision_and_memory.md.
OVERHEAD = 0.4

# A step is refused only if it would not fit even if the estimate is too high by this.
TOLERANCE = 0.2


@dataclasses.dataclass(frozen=True)
class StepMemory:
    """An estimate of the memory of a training step, in bytes.

    Attributes:
        variables: Weights, optimizer and metrics.
        batch: The inputs and targets.
        tensors: All else that is held at once: activations, gradients, similarities.
    """

    variables: int
    batch: int
    tensors: int

    @property
    def total(self) -> int:
        """The sum."""
        return self.variables + self.batch + self.tensors

    def __str__(self) -> str:
        return (
            f"about {_gigabytes(self.total)}: {_gigabytes(self.variables)} of weights "
            f"and optimizer, {_gigabytes(self.batch)} for a batch, "
            f"{_gigabytes(self.tensors)} of activations and gradients"
        )


def estimate(model: keras.Model, data: Any, trace: Any = None) -> StepMemory | None:
    """Returns the memory of a training step on one device, or `None` if not known.

    Args:
        model: A compiled model.
        data: Structure of `tf.TensorSpec`, of a batch as `train_step` takes it.
        trace: The `tf.function` of the step; a new one by default.

    It is not known on other backends than TensorFlow, and for batches without a
    static shape.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf  # See above.

    shapes = [spec.shape for spec in tf.nest.flatten(data)]
    if not all(shape.is_fully_defined() for shape in shapes):
        return None
    trace = trace or traced(model)
    tensors = peak_bytes(trace.get_concrete_function(data).graph)
    if tensors is None:
        return None
    return StepMemory(
        variables=_bytes_of(model),
        batch=sum(_size(spec) for spec in tf.nest.flatten(data)),
        tensors=round(tensors * (1 + OVERHEAD)),
    )


def traced(model: keras.Model) -> Any:
    """Returns the step as a `tf.function`, which can stand for `model.train_step`."""
    import tensorflow as tf  # See `estimate`.

    step = model.train_step
    return tf.function(lambda data: step(data), autograph=False)


def check(model: keras.Model, data: Any, found: StepMemory, remedies: Remedies) -> None:
    """Raises `TooLargeStep` if a step surely does not fit into the device.

    The error names the flags and the sizes of a batch with which it could.
    """
    limit = device_memory.available()
    if limit is None or found.total * (1 - TOLERANCE) <= limit:
        return
    raise TooLargeStep(
        f"A step needs {found}. The device has {_gigabytes(limit)}. "
        + _advice(model, data, found, limit, remedies)
    )


def fitting(crops: int, per_crop: float, found: StepMemory, limit: int) -> int:
    """Returns the largest equal part of a batch's crops that fits, or 0.

    Args:
        crops: Number of crops in a batch that a network sees.
        per_crop: Bytes of tensors for each of them.
        found: The estimate for all crops at once.
        limit: Bytes of the device.
    """
    rest = limit - (found.total - per_crop * crops)
    parts = [size for size in range(1, crops) if crops % size == 0]
    return max((size for size in parts if size * per_crop <= rest), default=0)


def _advice(
    model: keras.Model, data: Any, found: StepMemory, limit: int, remedies: Remedies
) -> str:
    rows, crops, per_crop = _per_crop(model, data, found)
    advice = []
    size = fitting(crops, per_crop, found, limit) if crops else 0
    if size and remedies.micro_batch:
        smaller = found.total - per_crop * (crops - size)
        advice.append(
            f"With --micro_batch {size} it needs about {_gigabytes(smaller)}: the "
            "network then sees that many crops at once."
        )
    if remedies.mixed_precision and found.total - found.tensors / 2 <= limit:
        advice.append(
            "--mixed_precision may suffice: activations take up to half of the memory."
        )
    if rows:
        per_row = (per_crop * crops + found.batch) / rows
        most = rows - math.ceil((found.total - limit) / per_row)
        if most > 0:
            advice.append(f"A batch of at most {most:,} instead of {rows:,} would fit.")
    if not advice:
        return "Choose smaller crops, a smaller network or a smaller batch."
    return " ".join(advice)


def _per_crop(
    model: keras.Model, data: Any, found: StepMemory
) -> tuple[int, int, float]:
    """Returns the rows and crops of a batch, and how many bytes one more crop takes.

    All are 0 if not known.
    """
    import tensorflow as tf  # See `estimate`.

    images = [spec for spec in tf.nest.flatten(data) if len(spec.shape) >= 4]
    crops = max((math.prod(spec.shape[:-3]) for spec in images), default=0)
    rows = min((spec.shape[0] for spec in images), default=0)
    if rows < 2:
        return 0, 0, 0.0
    half = tf.nest.map_structure(
        lambda spec: tf.TensorSpec(
            [spec.shape[0] * (rows // 2) // rows, *spec.shape[1:]], spec.dtype
        ),
        data,
    )
    less = estimate(model, half)
    if less is None or less.tensors >= found.tensors:
        return 0, 0, 0.0
    share = 1 - (rows // 2) / rows
    return rows, crops, (found.tensors - less.tensors) / (crops * share)


def _bytes_of(model: keras.Model) -> int:
    variables = [*model.variables, *model.optimizer.variables]
    different = {id(variable): variable for variable in variables}.values()
    return sum(_size(variable.value) for variable in different)


def _size(tensor: Any) -> int:
    return math.prod(tensor.shape) * tensor.dtype.size


def _gigabytes(count: float) -> str:
    if count < 1e9:
        return f"{count / 1e6:.1f} MB"
    return f"{count / 1e9:,.2f} GB" if count < 1e10 else f"{count / 1e9:,.0f} GB"
