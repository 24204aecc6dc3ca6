"""Learning rates as functions of the step."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Rises along a line, then falls along half a cosine, step by step.

    Of `steps` updates the first `w = int(warm_up * steps)` belong to the rise. The
    update `t`, from 0, has `peak * (t + 1) / (w + 1)` while `t <= w`, and
    `peak * (1 + cos(pi * (t - w) / (steps - w))) / 2` from there on.

    Args:
        peak: The highest rate.
        steps: Updates in all.
        warm_up: Share of them in which the rate rises.
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
        fall = 0.5 * (1.0 + ops.cos(math.pi * share))
        return self.peak * ops.where(step <= rising, rise, fall)

    def get_config(self):
        return {"peak": self.peak, "steps": self.steps, "warm_up": self.warm_up}
