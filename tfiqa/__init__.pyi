from . import backbones as backbones
from . import cli as cli
from . import config as config
from . import data as data
from . import datasets as datasets
from . import distortions as distortions
from . import evaluation as evaluation
from . import export as export
from . import figures as figures
from . import files as files
from . import layers as layers
from . import losses as losses
from . import methods as methods
from . import metrics as metrics
from . import models as models
from . import optimizers as optimizers
from . import pristine as pristine
from . import regression as regression
from . import report as report
from . import scoring as scoring
from . import synthetic as synthetic
from . import trainers as trainers
from . import training as training
from .scoring.run import score_files as score_files
from .scoring.serialization import load_scorer as load_scorer
from .scoring.shipped import list_presets as list_presets

__version__: str
