"""A network over a batch part by part, with the gradient of the whole batch.

`in_parts` is for losses that compare the rows of a batch, as contrastive ones do. It
takes two passes: the first one computes the results of all parts and keeps nothing
else. The loss sees all results and has a gradient for each. The second pass computes
each part again and adds up the gradients of the variables:

    rows -> part by part -> results -> loss of the whole batch
    rows -> part by part -> results <- gradients of the loss -> gradients of variables

`mean_in_parts` is for losses that are means over rows, which take one pass. Both equal
the computation of the whole batch, except that batch normalization uses the statistics
of each part: without statistics, or with frozen ones, they differ by rounding alone.

Each part starts from the moving statistics before the step, and the mean of what they
leave is kept: one step moves them as one step of the whole batch would, and the second
pass does not move them. Random numbers differ between parts, but not between passes.
"""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tfiqa.trainers.turns import in_turn


def in_parts(
    compute: Callable[[Any], Any],
    rows: Any,
    *,
    networks: Sequence[keras.layers.Layer],
    micro_batch: int | None,
) -> Any:
    """Returns `compute(rows)`, of which one part takes memory at a time.

    Its gradient reaches the trainable variables of `networks`, but not the rows.

    Args:
        compute: Function from rows `(n, ...)` to a tensor with a multiple of `n` rows,
            which depend on the rows of the same place alone, except for statistics.
        rows: `(n, ...)`, a multiple of `micro_batch`.
        networks: All layers that `compute` calls.
        micro_batch: Number of rows in a part; `None` for all rows in a single pass.

    Raises:
        ValueError: If the rows are known not to fill the parts.
    """
    if _is_whole(rows, micro_batch):
        return compute(rows)
    parts = _Parts(lambda part: compute(*part), (rows,), networks, micro_batch)

    @ops.custom_gradient
    def computed(*values):
        results, state = parts.results(values)

        def gradient(*upstream, **named):
            upstream = _first(upstream)
            return _alone(parts.gradients(values, upstream))

        return (results, *state), gradient

    results, *state = computed(*parts.values())
    parts.keep(state)
    return results


def mean_in_parts(
    compute: Callable[..., Any],
    rows: Sequence[Any],
    *,
    networks: Sequence[keras.layers.Layer],
    micro_batch: int | None,
) -> Any:
    """Returns the mean of `compute(*rows)` over parts, of which one takes memory.

    Args:
        compute: Function from tensors `(n, ...)` to a scalar, a mean over rows.
        rows: Tensors `(n, ...)`, with a multiple of `micro_batch` rows.
        networks: All layers that `compute` calls. The gradient reaches their trainable
            variables, but not the rows.
        micro_batch: Number of rows in a part; `None` for all rows at once.

    Raises:
        ValueError: If the rows are known not to fill the parts.
    """
    if _is_whole(rows[0], micro_batch):
        return compute(*rows)
    parts = _Parts(lambda part: compute(*part), rows, networks, micro_batch)

    @ops.custom_gradient
    def computed(*values):
        mean, gradients, state = parts.mean_and_gradients(values)

        def gradient(*upstream, **named):
            upstream = _first(upstream)
            return _alone([upstream * ops.cast(g, upstream.dtype) for g in gradients])

        return (mean, *state), gradient

    mean, *state = computed(*parts.values())
    parts.keep(state)
    return mean


class InParts(keras.layers.Layer):
    """A network that is trained part by part, as a layer of another model.

    Args:
        network: Model from `(n, ...)` to `(n, d)`.
        micro_batch: See `in_parts`.
    """

    def __init__(self, network, micro_batch, **kwargs):
        # The network has its own; gradients of parts add up in full precision.
        super().__init__(**{**kwargs, "dtype": keras.config.floatx()})
        self.network = network
        self.micro_batch = micro_batch
        self.built = True

    def call(self, rows, training=False):
        return in_parts(
            lambda part: self.network(part, training=training),
            rows,
            networks=[self.network],
            micro_batch=self.micro_batch if training else None,
        )

    def compute_output_shape(self, rows_shape):
        return (rows_shape[0], *self.network.output_shape[1:])


class _Parts:
    """A computation on the parts of a batch, as functions of its variables alone."""

    def __init__(self, compute, rows, networks, size):
        self.compute, self.rows, self.size = compute, rows, size
        count = rows[0].shape[0] or ops.shape(rows[0])[0]
        self.count = count // size
        variables = {id(v): v for one in networks for v in one.variables}.values()
        self.trained = [v for v in variables if v.trainable]
        others = [v for v in variables if not v.trainable]
        self.constants = [v for v in others if keras.backend.is_float_dtype(v.dtype)]
        # States of random numbers.
        self.counters = [v for v in others if not keras.backend.is_float_dtype(v.dtype)]
        self.fixed = _tensors(self.constants)
        self.start = _tensors(self.counters)
        self.moved: list[Any] = []

    def values(self):
        """Returns the values of the trained variables."""
        return [_read(variable) for variable in self.trained]

    def results(self, values):
        """Returns the results of all rows, and the new values of the state."""

        def body(counters, index):
            results, moved, counters = self._at(values, counters, index)
            return counters, (results, *moved)

        counters, (results, *moved) = in_turn(body, self.start, self.count)
        rows = ops.reshape(results, (-1, *ops.shape(results)[2:]))
        return rows, [*(ops.mean(one, axis=0) for one in moved), *counters]

    def gradients(self, values, upstream):
        """Returns the gradients of the trained variables, summed over parts."""
        count = upstream.shape[0] or ops.shape(upstream)[0]
        size = count // self.count

        def body(carry, index):
            counters, sums = carry
            wanted = _slice(upstream, index, size)

            def of_values(values):
                results, _, after = self._at(values, counters, index)
                return results, after

            _, gradients, after = _pulled(of_values, values, wanted)
            return [after, _added(sums, gradients)], ()

        start = [self.start, [ops.zeros_like(value) for value in values]]
        (_, sums), _ = in_turn(body, start, self.count, stacked=False)
        return sums

    def mean_and_gradients(self, values):
        """Returns the mean over parts, its gradients, and the new state."""
        share = 1.0 / self.count

        def body(carry, index):
            counters, sums = carry

            def of_values(values):
                result, moved, after = self._at(values, counters, index)
                return result, (moved, after)

            result, gradients, (moved, after) = _pulled(of_values, values, None)
            return [after, _added(sums, gradients)], (result, *moved)

        start = [self.start, [ops.zeros_like(value) for value in values]]
        (counters, sums), (results, *moved) = in_turn(body, start, self.count)
        state = [*(ops.mean(one, axis=0) for one in moved), *counters]
        return ops.mean(results), [share * one for one in sums], state

    def keep(self, state):
        """Assigns the new values of the state."""
        for variable, new in zip([*self.moved, *self.counters], state, strict=True):
            variable.assign(ops.stop_gradient(new))

    def _at(self, values, counters, index):
        """Returns the results of a part, the moved statistics, and the counters."""
        part = [_slice(rows, index, self.size) for rows in self.rows]
        current = [
            *zip(self.trained, values, strict=True),
            *zip(self.constants, self.fixed, strict=True),
            *zip(self.counters, counters, strict=True),
        ]
        with keras.StatelessScope(state_mapping=current) as scope:
            before = [scope.get_current_value(v) for v in self.constants]
            results = self.compute(part)
            after = [scope.get_current_value(v) for v in self.constants]
            counters = [scope.get_current_value(v) for v in self.counters]
        changed = [
            (variable, new)
            for variable, old, new in zip(self.constants, before, after, strict=True)
            if new is not old
        ]
        self.moved = [variable for variable, _ in changed]
        return results, [new for _, new in changed], counters


def _is_whole(rows, micro_batch):
    """Returns whether the rows are a single part."""
    count = rows.shape[0]
    if micro_batch is None or count == micro_batch:
        return True
    if count is not None and count % micro_batch:
        raise ValueError(
            f"`micro_batch` must divide the {count} rows of a batch on one device. "
            f"Received: micro_batch={micro_batch}"
        )
    return False


def _slice(rows, index, size):
    start = [index * size, *(index * 0 for _ in rows.shape[1:])]  # Of one dtype.
    return ops.slice(rows, start, [size, *ops.shape(rows)[1:]])


def _pulled(compute, values, upstream):
    """Returns results, the gradients of `values`, and the rest that is computed.

    Args:
        compute: Function from values to results and a rest.
        values: A list of tensors.
        upstream: Gradient of the results; `None` for that of a scalar itself.
    """
    if keras.backend.backend() == "jax":
        import jax  # Not at the top: TensorFlow does not need it.

        results, pull, rest = jax.vjp(compute, list(values), has_aux=True)
        if upstream is None:
            upstream = ops.ones_like(results)
        (gradients,) = pull(ops.cast(upstream, results.dtype))
        return results, gradients, rest
    import tensorflow as tf

    values = [tf.identity(value) for value in values]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        results, rest = compute(values)
    if upstream is not None:
        upstream = tf.cast(upstream, results.dtype)
    gradients = tape.gradient(
        results,
        values,
        output_gradients=upstream,
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    return results, gradients, rest


def _tensors(variables):
    return [ops.stop_gradient(_read(variable)) for variable in variables]


def _read(variable):
    """Returns the value now; on TensorFlow, a variable is not yet read."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # Not at the top: JAX does not need it.

        return tf.identity(variable.value)
    return ops.convert_to_tensor(variable)


def _added(sums, gradients):
    return [total + one for total, one in zip(sums, gradients, strict=True)]


def _first(upstream):
    """Returns the gradient of the first result; JAX passes all as one."""
    return upstream[0][0] if isinstance(upstream[0], tuple | list) else upstream[0]


def _alone(gradients):
    """Returns the gradients as custom gradients are returned."""
    return tuple(gradients) if len(gradients) > 1 else gradients[0]
