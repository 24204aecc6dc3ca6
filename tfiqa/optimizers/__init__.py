"""Optimizers that Keras does not have, and their learning rates."""

from tfiqa.optimizers.torch_adam import TorchAdam as TorchAdam
