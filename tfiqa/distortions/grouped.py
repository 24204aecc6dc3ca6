"""Distorts batches on the device that computes the training step.

The CPU draws types, levels and keys, and sends images as bytes. Here they are grouped
by type and level; each group passes through a kernel of a static shape, which XLA
compiles once. Codecs are no tensor arithmetic (`Distortion.tensors`) and stay on the
CPU: what they change arrives finished.

Pixels depend on the image, its type, level and key, not on the place: they are those of
the CPU, but for single levels where XLA adds in another order.

Between kernels pixels are float16, which holds all bytes exactly: TensorFlow can
neither gather nor collect bytes on a GPU.
"""

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Mapping

import tensorflow as tf

from tfiqa.distortions.bank import LEVELS
from tfiqa.distortions.bank import Distortion

# The kind of an image that the CPU has finished.
FINISHED = -1

# Takes a type and a level, images uint8 `(n, height, width, 3)` and keys int32
# `(n, 2)`; returns images of that shape and dtype. It must be hashable.
Run = Callable[[Distortion, int, tf.Tensor, tf.Tensor], tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Kinds:
    """The types and levels of a bank as numbers, by which batches name them.

    A kind is the class of a type at a level (`Distortion.label`), `unchanged`, or
    `FINISHED`.

    Attributes:
        bank: The types.
        run: Distorts images of one type and level.
    """

    bank: Mapping[str, Distortion]
    run: Run

    @property
    def unchanged(self) -> int:
        """The kind of an image that stays as it is."""
        return LEVELS * max(row.number for row in self.bank.values())

    def of(self, name: str, level: int) -> int:
        """Returns the kind of a type at a level; it is `FINISHED` for a codec."""
        row = self.bank[name]
        return row.label(level) if row.tensors else FINISHED

    def rows(self) -> list[tuple[Distortion, int] | None]:
        """Returns type and level of each kind, `None` where nothing is computed."""
        rows: list[tuple[Distortion, int] | None] = [None] * (self.unchanged + 1)
        for row in self.bank.values():
            for level in range(1, LEVELS + 1):
                rows[row.label(level)] = (row, level) if row.tensors else None
        return rows


@dataclasses.dataclass(frozen=True)
class Jobs:
    """Images to distort, `n` of them, in any order.

    Attributes:
        sources: int32 `(n,)`: index of the image that each is made of.
        kinds: int32 `(n,)`; see `Kinds`.
        keys: int32 `(n, 2)`, the seeds of all random numbers.
        details: Tensors `(n, ...)`, given to `finish`.
    """

    sources: tf.Tensor
    kinds: tf.Tensor
    keys: tf.Tensor
    details: tuple[tf.Tensor, ...]


def distort_grouped(
    images: tf.Tensor,
    jobs: Jobs,
    finished: tf.Tensor,
    *,
    kinds: Kinds,
    finish: Callable[..., tf.Tensor],
    together: int = 1,
) -> tf.Tensor:
    """Returns what is to be seen of distorted images.

    Args:
        images: uint8 `(batch, height, width, 3)` of a static shape.
        jobs: What to make of them.
        finished: uint8 `(n, ...)`: results of the jobs of the kind `FINISHED`.
        kinds: The kinds.
        finish: Function from distorted images, uint8 `(together, height, width, 3)`,
            and their details to results, uint8 `(together, ...)`. Compiled by XLA.
        together: Number of images that a kernel takes at once. If a group does not
            fill it, its first image is repeated.

    Returns:
        float16 of the shape of `finished`, integers.
    """
    compiled_finish = tf.function(
        lambda pixels, *details: tf.cast(
            finish(tf.cast(pixels, tf.uint8), *details), tf.float16
        ),
        jit_compile=True,
        autograph=False,
    )
    kernels = _kernels(kinds, together, tuple(images.shape))
    with tf.device("CPU:0"):  # A few integers, which decide what is called.
        starts, order, results_of = _plan(jobs.kinds, together)
        ordered = tf.gather(jobs.kinds, order)

    def compute(start: tf.Tensor) -> tf.Tensor:
        with tf.device("CPU:0"):
            kind = ordered[start]
            places = tf.minimum(start + tf.range(together), tf.size(order) - 1)
            places = tf.where(tf.gather(ordered, places) == kind, places, start)
            rows = tf.gather(order, places)
            inputs = tf.gather(jobs.sources, rows), tf.gather(jobs.keys, rows)
            details = [tf.gather(part, rows) for part in jobs.details]
        changed = tf.switch_case(
            kind, [functools.partial(kernel, images, *inputs) for kernel in kernels]
        )
        changed = tf.ensure_shape(changed, (together, *images.shape[1:]))
        return compiled_finish(changed, *details)

    shape = (together, *finished.shape[1:])
    results = tf.map_fn(
        compute, starts, fn_output_signature=tf.TensorSpec(shape, tf.float16)
    )
    results = tf.reshape(results, (-1, *finished.shape[1:]))
    results = tf.concat([results, tf.cast(finished, tf.float16)], axis=0)
    return tf.ensure_shape(tf.gather(results, results_of), finished.shape)


def _plan(kinds: tf.Tensor, together: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns which jobs are computed together.

    Args:
        kinds: int32 `(n,)`.
        together: Number of jobs that are computed at once.

    Returns:
        Where each of `calls` calls starts in the order of the jobs, `(calls,)`; the
        rows of the jobs to compute in the order of their kinds, `(m,)`; and for each
        job its place among `calls * together` computed results, followed by the `n`
        finished ones, `(n,)`. All int32.
    """
    count = tf.size(kinds)
    order = tf.argsort(kinds, stable=True)
    order = order[tf.reduce_sum(tf.cast(kinds == FINISHED, tf.int32)) :]
    ordered = tf.gather(kinds, order)
    rank = tf.range(tf.size(order)) - tf.searchsorted(ordered, ordered)
    is_first = rank % together == 0
    starts = tf.cast(tf.where(is_first)[:, 0], tf.int32)
    calls = tf.cumsum(tf.cast(is_first, tf.int32)) - 1
    places = calls * together + rank % together
    after_all = tf.size(starts) * together + tf.range(count)
    return (
        starts,
        order,
        tf.tensor_scatter_nd_update(after_all, order[:, None], places),
    )


def _kernels(
    kinds: Kinds, together: int, shape: tuple[int | None, ...]
) -> list[Callable[..., tf.Tensor]]:
    """Returns a function of images, indices and keys for each kind."""
    return [
        _compiled(kinds.run, *(row or (None, 0)), together, shape)
        for row in kinds.rows()
    ]


@functools.cache
def _compiled(
    run: Run,
    distortion: Distortion | None,
    level: int,
    together: int,
    shape: tuple[int | None, ...],
) -> Callable[..., tf.Tensor]:
    """Returns the kernel of a type and level for images of a static shape."""

    def kernel(images: tf.Tensor, sources: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        chosen = tf.gather(images, sources)
        if distortion is not None:
            chosen = run(distortion, level, chosen, keys)
        return tf.cast(chosen, tf.float16)

    return tf.function(kernel, jit_compile=True, autograph=False).get_concrete_function(
        tf.TensorSpec(shape, tf.uint8),
        tf.TensorSpec((together,), tf.int32),
        tf.TensorSpec((together, 2), tf.int32),
    )
