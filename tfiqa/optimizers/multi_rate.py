"""Multiple optimizers, each with its own weights, as one."""

import keras


class Grouped(keras.optimizers.Optimizer):
    """Passes every weight to the optimizer of its group.

    Updates may involve only some groups; each optimizer counts its own steps.

    Args:
        groups: Pairs of an optimizer and its variables. Groups must not overlap.
        name: See `keras.optimizers.Optimizer`.
    """

    def __init__(self, groups, name="grouped"):
        rate = float(keras.ops.convert_to_numpy(groups[0][0].learning_rate))
        super().__init__(learning_rate=rate, name=name)
        self._groups = [optimizer for optimizer, _ in groups]
        self._group_of = {
            id(variable): index
            for index, (_, variables) in enumerate(groups)
            for variable in variables
        }
        if len(self._group_of) != sum(len(variables) for _, variables in groups):
            raise ValueError("No variable may be in two groups.")
        for optimizer, variables in groups:
            optimizer.build(variables)

    @property
    def variables(self):
        """The variables of all optimizers, and its own."""
        return super().variables + [
            variable for optimizer in self._groups for variable in optimizer.variables
        ]

    def apply(self, grads, trainable_variables=None):
        if trainable_variables is None:
            trainable_variables = self._trainable_variables
        grads = list(grads)
        for index, optimizer in enumerate(self._groups):
            pairs = [
                (gradient, variable)
                for gradient, variable in zip(grads, trainable_variables, strict=True)
                if self._group_of[id(variable)] == index
            ]
            if pairs:
                optimizer.apply(*map(list, zip(*pairs, strict=True)))
