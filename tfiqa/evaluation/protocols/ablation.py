"""HyperIQA without its components, trained on repeated divisions.

Reference: Su et al., "Blindly assess image quality in the wild guided by a
self-adaptive hyper network", CVPR 2020, table 5.
"""

from tfiqa.evaluation.protocols.base import CACHE
from tfiqa.evaluation.protocols.base import DATASETS
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.protocols.repeats import measure_repeats
from tfiqa.methods import METHODS

NAME = "ablation"


def _measure(context: Context) -> None:
    variants = [
        context.trained_predictor(name, "hyperiqa", fields)
        for name, fields in METHODS["hyperiqa"].ablation.items()
    ]
    for database in context.databases:
        measure_repeats(context, database, variants, protocol=NAME)


PROTOCOL = Protocol(
    NAME,
    "HyperIQA without its components, trained on repeated divisions.",
    _measure,
    needs=(DATASETS, CACHE),
    divides=True,
)
