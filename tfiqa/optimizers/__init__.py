"""Optimizers and learning rate schedules that Keras does not have."""

from tfiqa.optimizers.lars import LARS as LARS
from tfiqa.optimizers.multi_rate import Grouped as Grouped
from tfiqa.optimizers.schedules import EpochCosine as EpochCosine
from tfiqa.optimizers.schedules import WarmUpCosine as WarmUpCosine
from tfiqa.optimizers.torch_adam import TorchAdam as TorchAdam
from tfiqa.optimizers.torch_sgd import TorchSGD as TorchSGD
