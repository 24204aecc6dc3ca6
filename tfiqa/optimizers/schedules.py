"""Learning rates as functions of the step."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Rises linearly, then falls along half a cosine, step by step.

    Of `steps` updates the first `w = int(warm_up * steps)` belong to the rise. Update
    `t`, from 0, has the rate `peak * (t + 1) / (w + 1)` while `t <= w`, and
    `peak * (1 + cos(pi * (t - w) / (steps - w))) / 2` from there on.

    Args:
        peak: The highest rate.
        steps: Total number of updates.
        warm_up: Share of the updates in which the rate rises.
    """

    def __init__(self, peak, steps, warm_up=0.1):
        super().__init__()
        if steps < 1 or not 0 <= warm_up < 1:
            raise ValueError(
                "`steps` must be at least 1 and `warm_up` in [0, 1). "
                f"Received: steps={steps}, warm_up={warm_up}"
            )
        self.peak = peak
        self.steps = steps
        self.warm_up = warm_up

    def __call__(self, step):
        step = ops.cast(step, "float32")
        rising = int(self.warm_up * self.steps)
        rise = (step + 1.0) / (rising + 1)
        share = (step - rising) / (self.steps - rising)
        return self.peak * ops.where(step <= rising, rise, _fallen(share))

    def get_config(self):
        return {"peak": self.peak, "steps": self.steps, "warm_up": self.warm_up}


@keras.saving.register_keras_serializable(package="tfiqa")
class EpochCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Falls along half a cosine, epoch by epoch, after a linear rise, step by step.

    Epoch `e`, from 1, has the rate `low + (peak - low) * (1 + cos(pi * e / n)) / 2`
    where `n` is `epochs` and `low` is `peak` times `floor`. In the first `warm_up`
    epochs the rate rises linearly instead, from `start` to that of epoch `warm_up`.

    Args:
        peak: The rate from which the cosine falls.
        epochs: Total number of epochs.
        steps_per_epoch: Updates per epoch.
        warm_up: Number of epochs in which the rate rises.
        start: The rate of the first update, if it rises.
        floor: The last rate, as a share of `peak`.
    """

    def __init__(
        self, peak, epochs, steps_per_epoch, warm_up=0, start=0.01, floor=1e-3
    ):
        super().__init__()
        if epochs < 1 or steps_per_epoch < 1 or warm_up < 0:
            raise ValueError(
                "`epochs` and `steps_per_epoch` must be at least 1, `warm_up` at least "
                f"0. Received: epochs={epochs}, steps_per_epoch={steps_per_epoch}, "
                f"warm_up={warm_up}"
            )
        self.peak = peak
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self.warm_up = warm_up
        self.start = start
        self.floor = floor

    def __call__(self, step):
        step = ops.cast(step, "float32")
        # The quotient may be off by its last digit; half a step keeps the floor exact.
        epoch = ops.floor((step + 0.5) / self.steps_per_epoch) + 1.0
        risen = step / max(self.warm_up * self.steps_per_epoch, 1)
        rise = self.start + risen * (self._rate(self.warm_up) - self.start)
        return ops.where(epoch <= self.warm_up, rise, self._rate(epoch))

    def _rate(self, epoch):
        low = self.peak * self.floor
        return low + (self.peak - low) * _fallen(epoch / self.epochs)

    def get_config(self):
        return {
            "peak": self.peak,
            "epochs": self.epochs,
            "steps_per_epoch": self.steps_per_epoch,
            "warm_up": self.warm_up,
            "start": self.start,
            "floor": self.floor,
        }


def _fallen(share):
    """Returns half a cosine, from 1 at 0 to 0 at 1."""
    return 0.5 * (1.0 + ops.cos(math.pi * share))
