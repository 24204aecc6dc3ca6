"""Functions of images computed window by window, in memory for one window.

A Keras call keeps the outputs of all layers until it ends, and its gradient needs them
all. Here, windows are processed one after another, and the gradient computes each
window again.
"""

from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


class WindowMap:
    """Maps the indices of windows to results, one window after another.

    In eager mode, calls are compiled once for each key and cached.

    Args:
        of_any_size: Whether the compiled function is used within other graphs too.
            There, sizes may be known, for which layers can take another way, which
            rounds otherwise.
    """

    def __init__(self, of_any_size: bool = False):
        self._of_any_size = of_any_size
        self._compiled: dict[Hashable, Callable] = {}

    def __deepcopy__(self, memo) -> "WindowMap":
        return WindowMap(self._of_any_size)

    def __reduce__(self):
        return WindowMap, (self._of_any_size,)

    def __call__(
        self,
        function: Callable,
        images: Any,
        count: Callable,
        key: Hashable,
        frozen: Sequence[keras.Variable] = (),
    ) -> Any:
        """Returns `function(images, number)` for each window, stacked.

        Args:
            function: Function from images and the index of a window, an int32 scalar,
                to float32 of one shape.
            images: `(batch, height, width, channels)`.
            count: Function from images to the number of windows.
            key: Everything that the functions depend on besides their arguments.
            frozen: Variables without a gradient, such as `non_trainable_variables`.
                Keras freezes a layer without telling TensorFlow, which would compute
                their gradients too.
        """
        if keras.backend.backend() != "tensorflow":
            return _mapped_on_other_backends(function, images, count(images))
        import tensorflow as tf  # Not at the top, since other backends do not need it.

        def call(images):
            return _mapped_on_tensorflow(function, images, count(images), frozen)

        inlined = not (tf.executing_eagerly() or self._of_any_size)
        if inlined or not tf.is_tensor(images):
            return call(images)
        key = (key, images.dtype.name, images.shape[-1], frozenset(map(id, frozen)))
        if key not in self._compiled:
            spec = tf.TensorSpec((None, None, None, images.shape[-1]), images.dtype)
            self._compiled[key] = tf.function(
                call, input_signature=[spec], autograph=False
            )
        return self._compiled[key](images)


def _mapped_on_other_backends(function, images, count):
    again = keras.remat(lambda number: function(images, number))
    if isinstance(count, int) and count == 1:
        return again(ops.convert_to_tensor(0, "int32"))[None]
    return ops.map(again, ops.arange(count, dtype="int32"))


def _mapped_on_tensorflow(function, images, count, frozen):
    """Maps windows under one custom gradient, which keeps nothing but `images`."""
    import tensorflow as tf

    def mapped(images):
        return tf.map_fn(
            lambda number: function(images, number),
            tf.range(count),
            fn_output_signature=tf.float32,
            parallel_iterations=1,
        )

    @tf.custom_gradient
    def with_gradient(images):
        def gradient(upstream, variables=()):
            left_out = {id(variable.value) for variable in frozen}
            wanted = [each for each in variables if id(each) not in left_out]
            sums = _summed_gradients(function, [images, *wanted], count, upstream)
            of_variable = dict(zip(map(id, wanted), sums[1:], strict=True))
            of_variables = [of_variable.get(id(each)) for each in variables]
            return (sums[0], of_variables) if variables else sums[0]

        return mapped(images), gradient

    chosen: Any = with_gradient if images.dtype.is_floating else mapped
    return chosen(images)


def _summed_gradients(function, sources, count, upstream):
    """Returns the gradients of the sources, summed over the windows."""
    import tensorflow as tf

    zero = tf.UnconnectedGradients.ZERO

    def add(number, *totals):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources)
            values = function(sources[0], number)
        gradients: Any = tape.gradient(values, sources, upstream[number], zero)
        return number + 1, *(
            total + tf.convert_to_tensor(part)
            for total, part in zip(totals, gradients, strict=True)
        )

    start = [tf.zeros(tf.shape(source), source.dtype) for source in sources]
    _, *totals = tf.while_loop(
        lambda number, *_: number < count,
        add,
        (tf.constant(0), *start),
        shape_invariants=(
            tf.TensorShape(()),
            *(tf.TensorShape(source.shape) for source in sources),
        ),
        parallel_iterations=1,
    )
    return totals
