"""Training steps that minimize several losses in turn."""

import keras


class AlternatingModel(keras.Model):
    """A model whose training step is a sequence of calls of `minimize`.

    A subclass has a `step(data)`, which calls `minimize` and updates the trackers among
    its `metrics`. It runs under `fit` on TensorFlow, with replicas too, and on JAX.
    """

    def step(self, data):
        """Trains on one batch."""
        raise NotImplementedError

    def train_step(self, *args):
        if keras.backend.backend() == "tensorflow":
            (data,) = args
            self.step(data)
            return self._figures()
        if keras.backend.backend() == "jax":
            return self._jax_step(*args)
        raise RuntimeError(
            "Alternating training steps need the backend TensorFlow or JAX. "
            f"Received: {keras.backend.backend()}"
        )

    def minimize(self, loss, variables):
        """Makes an optimizer step that lowers a loss.

        Args:
            loss: Function without arguments to a scalar and any further results. With
                replicas, their losses are averaged.
            variables: The variables to change; the optimizer of the model knows them.

        Returns:
            The scalar and the further results.
        """
        if keras.backend.backend() == "tensorflow":
            return self._minimize_by_tape(loss, variables)
        return self._minimize_on_jax(loss, variables)

    def _figures(self):
        return {metric.name: metric.result() for metric in self.metrics}

    def _minimize_by_tape(self, loss, variables):
        import tensorflow as tf  # Not at the top: JAX does not need it.

        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        with tf.GradientTape() as tape:
            value, rest = loss()
            share = value / replicas  # Optimizers sum over replicas.
        values = [variable.value for variable in variables]
        self.optimizer.apply(tape.gradient(share, values), variables)
        return value, rest

    def _minimize_on_jax(self, loss, variables):
        import jax

        def of_values(values):
            current = [(variable, variable.value) for variable in self.variables]
            chosen = list(zip(variables, values, strict=True))
            with keras.StatelessScope(state_mapping=[*current, *chosen]) as scope:
                value, rest = loss()
            updated = [scope.get_current_value(v) for v in self.non_trainable_variables]
            return value, (rest, updated)

        compute = jax.value_and_grad(of_values, has_aux=True)
        (value, (rest, updated)), gradients = compute([v.value for v in variables])
        for variable, new in zip(self.non_trainable_variables, updated, strict=True):
            variable.assign(new)
        self.optimizer.apply(gradients, variables)
        return value, rest

    def _jax_step(self, state, data):
        groups = (
            self.trainable_variables,
            self.non_trainable_variables,
            self.optimizer.variables,
            self.metrics_variables,
        )
        mapping = [
            pair
            for variables, values in zip(groups, state, strict=True)
            for pair in zip(variables, values, strict=True)
        ]
        with keras.StatelessScope(state_mapping=mapping) as scope:
            self.step(data)
            figures = self._figures()
        return figures, tuple(
            [scope.get_current_value(variable) for variable in variables]
            for variables in groups
        )
