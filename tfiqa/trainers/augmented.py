"""Where batches are distorted and augmented: by the CPU, or where a step is computed.

On a device, batches arrive as what the CPU has drawn and decoded, and a function makes
of them what a step takes. It is TensorFlow's; under JAX it therefore runs on the CPU,
in the pipeline.
"""

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import keras

from tfiqa.trainers.position import Position
from tfiqa.trainers.run import Run

PLACES = ("auto", "cpu", "device")


def on_device(run: Run) -> bool:
    """Returns whether `run.augment_on` asks for the device.

    `"auto"` does so if TensorFlow computes the steps and sees a GPU, and if `tried`
    finds no fault.
    """
    if run.augment_on != "auto":
        return run.augment_on == "device"
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf  # Not at the top: other backends do not need it.

    return bool(tf.config.list_physical_devices("GPU"))


def tried(
    batches: Callable[[Position], Any], augment: Callable[[Any], Any], run: Run
) -> str:
    """Returns why the device cannot augment the first batch; empty if it can.

    Only `"auto"` is tried: who asks for the device gets the error of the device.
    """
    if run.augment_on != "auto":
        return ""
    import tensorflow as tf  # See `on_device`.

    try:
        tf.function(augment, autograph=False)(next(iter(batches(Position(0, 0)))))
    except (tf.errors.OpError, NotImplementedError) as error:
        return f"the device failed with {type(error).__name__}"
    return ""


def placed(
    run: Run,
    *,
    on_cpu: Callable[[Position], Any],
    sized: Callable[[tuple[int, int]], Callable[[Position], Any]],
    size: Callable[[], tuple[int, int] | None],
    finish: Callable[[Any], Any],
    refusal: str,
    prefix: str = "",
) -> tuple[Callable[[Position], Any], Callable[[Any], Any] | None]:
    """Returns the batches of a training, and what a step is to make of them.

    A line says where images are augmented, and why.

    Args:
        run: The run; see `on_device`.
        on_cpu: Function from the first position to finished batches.
        sized: Function from height and width to one like `on_cpu`, of batches for
            `finish`.
        size: Finds height and width; `None` if images have too many sizes.
        finish: Makes of an element of `sized` what `on_cpu` returns.
        refusal: Why the device cannot do it; empty if it can.
        prefix: Begins the line.
    """
    reason = ""
    if on_device(run):
        found = None if refusal else size()
        reason = refusal or describe_size(found)
        if found is not None:
            batches = sized(found)
            fault = tried(batches, finish, run)
            if not fault:
                run.say(prefix + describe(run, device=True, reason=reason))
                return batches, finish
            reason = fault
    run.say(prefix + describe(run, device=False, reason=reason))
    return on_cpu, None


def describe(run: Run, *, device: bool, reason: str = "") -> str:
    """Returns a line that says where images are distorted and augmented, and why."""
    if not device:
        place = "the CPU"
    elif keras.backend.backend() == "tensorflow":
        place = "the device of the training; the CPU decodes and runs the codecs"
    else:
        place = (
            f"the CPU, by the device's kernels in TensorFlow's pipeline, since "
            f"{keras.backend.backend()} cannot run them"
        )
    note = f" ({reason})" if reason else ""
    return f"augment_on={run.augment_on}: images are augmented on {place}{note}"


def describe_size(size: tuple[int, int] | None) -> str:
    """Returns a remark about the size for which kernels are compiled."""
    if size is None:
        return "images have too many sizes"
    return f"images of {size[0]}x{size[1]} pixels; others on the CPU"


def in_pipeline(
    batches: Callable[[Position], Any], augment: Callable[[Any], Any] | None
) -> tuple[Callable[[Position], Any], Callable[[Any], Any] | None]:
    """Returns what makes the batches of a training, and what a step is to do.

    Only steps of TensorFlow can augment; for others, the batches come augmented.

    Args:
        batches: Function from the first position to the batches.
        augment: What a step would do; `None` if nothing.
    """
    if augment is None or keras.backend.backend() == "tensorflow":
        return batches, augment
    return lambda first: batches(first).map(augment).prefetch(1), None


def output_spec(augment: Callable[[Any], Any] | None, spec: Any) -> Any:
    """Returns the structure of `tf.TensorSpec` that `augment` makes of another."""
    if augment is None:
        return spec
    import tensorflow as tf  # See `on_device`.

    outputs = (
        tf.function(augment, autograph=False)
        .get_concrete_function(spec)
        .structured_outputs
    )
    return tf.nest.map_structure(
        lambda output: tf.TensorSpec(output.shape, output.dtype), outputs
    )


@contextlib.contextmanager
def augmented_steps(
    model: keras.Model, augment: Callable[[Any], Any] | None, run: Run
) -> Iterator[None]:
    """Lets each training step of a model on TensorFlow begin with `augment`.

    The kernels of `augment` are compiled one by one. The step after it stays compiled
    in one piece where it would be without it.
    """
    if augment is None:
        yield
        return
    import tensorflow as tf  # See `on_device`.

    before, compiled = vars(model).get("train_step"), model.jit_compile
    step = model.train_step
    if run.strategy is None and compiled:
        step = tf.function(step, jit_compile=True, autograph=False)
    model.train_step = lambda data: step(augment(data))
    model.jit_compile = False
    try:
        yield
    finally:
        model.jit_compile = compiled
        model.train_function = None
        if before is None:
            del model.train_step
        else:
            model.train_step = before
