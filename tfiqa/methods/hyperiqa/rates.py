"""The optimizer of HyperIQA, and its learning rates epoch by epoch."""

import math

import keras

from tfiqa.methods.hyperiqa.config import Config
from tfiqa.models.hyperiqa_network import FAST_LAYERS
from tfiqa.models.hyperiqa_network import NEW_LAYERS
from tfiqa.optimizers import TorchAdam


def build_optimizer(config: Config) -> TorchAdam:
    """Returns the paper's optimizer, with another rate for new layers; see `fast`."""
    fast = NEW_LAYERS if config.fast == "new" else FAST_LAYERS
    return TorchAdam(config.learning_rate, fast_layers=fast, l2=config.weight_decay)


def learning_rates(config: Config, epoch: int) -> tuple[float, float]:
    """Returns the rates of the trunk and of fast layers in an epoch, from 0.

    `"paper"` divides both by ten after every five epochs; `"cosine"` lets both fall to
    zero. `"official_intended"` is what the authors' code describes: the trunk's rate
    never falls, the hyper network's falls every six epochs and its ratio ends after
    the ninth. `"official_literal"` is what that code does: the hyper network learns
    only in the first epoch.
    """
    rate, ratio = config.learning_rate, config.hyper_ratio
    if config.schedule == "paper":
        rate = rate / 10 ** (epoch // 5)
        return rate, rate * ratio
    if config.schedule == "cosine":
        rate = rate * (1 + math.cos(math.pi * epoch / config.epochs)) / 2
        return rate, rate * ratio
    if config.schedule == "official_literal":
        return rate, rate * ratio if epoch == 0 else 0.0
    after = max(epoch - 1, 0)  # The code decides after an epoch, for the next.
    return rate, rate / 10 ** (after // 6) * (1.0 if after > 8 else ratio)


def rate_callback(config: Config, optimizer: TorchAdam) -> keras.callbacks.Callback:
    """Returns the callback that sets both rates before each epoch.

    The authors' code creates a new Adam for each epoch; so do its schedules here.
    """

    def set_rates(epoch, logs=None):
        trunk, hyper = learning_rates(config, epoch)
        optimizer.learning_rate = trunk
        optimizer.fast_ratio = hyper / trunk
        if config.schedule.startswith("official"):
            optimizer.restart()

    return keras.callbacks.LambdaCallback(on_epoch_begin=set_rates)
