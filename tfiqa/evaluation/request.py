r"""The request of an evaluation; importing it costs neither NumPy nor Keras.

```python
from tfiqa import evaluation

request = evaluation.EvaluationRequest(
    predictors=evaluation.PredictorsRequest(models=["niqe", "mine=x/scorer.keras"]),
    datasets=["biq2021", "koniq10k"],
    protocols=["split", "gmad"],
)
results = evaluation.evaluate_request(request)
print("\n".join(results.lines()))
```
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

from tfiqa.evaluation.protocols import PROTOCOLS

if TYPE_CHECKING:
    import keras

    from tfiqa.evaluation.databases import Database

# Copies of `data.subsets.PARTS` plus all images, `metrics.bootstrap.RESAMPLES`,
# `metrics.logistic.PARAMETERS` and `regression.settings.REGRESSORS`, to avoid importing
# NumPy; a test compares them.
SPLITS = ("train", "validation", "test", "all")
RESAMPLES = 10_000
LOGISTICS = (4, 5)
DIVISIONS = ("official", "random")
REGRESSORS = ("ridge", "elastic_net")


@dataclasses.dataclass(frozen=True)
class PredictorsRequest:
    """Predictors of quality. Texts are `NAME=FILE`, or `FILE`, whose name is used.

    Attributes:
        models: Scorers: `.keras` files, presets, or loaded models, which are named by
            `model.name`. `{seed}` in a file's name stands for the seed of a division.
        encoders: Files of encoders or scorers; each protocol fits a linear regression
            on their features.
        methods: `[NAME=]METHOD`: methods of `tfiqa.methods`, trained on each division.
        train_flags: Further flags of `python -m tfiqa.train`, as one text.
        scores: CSV files with scores of other tools.
        scores_column: Name of their score column.
        scores_id: Name of their image column; `image_id` or `path` if `None`.
        reference: Folder of reference images, for models that compare with them.
        regressor: Regression on the features of `encoders`: one of `REGRESSORS`.
        l1_ratio: Share of the absolute values in the penalty of an elastic net.
        standardize: Whether the features are standardized first.
        alphas: Candidate strengths of the penalty; the authors' of CONTRIQUE and Re-IQA
            if empty.

    Raises:
        ValueError: If a text is passed instead of a sequence, or `reference` without
            `models`.
    """

    models: Sequence[str | os.PathLike[str] | keras.Model] = ()
    encoders: Sequence[str] = ()
    methods: Sequence[str] = ()
    train_flags: str = ""
    scores: Sequence[str] = ()
    scores_column: str = "score"
    scores_id: str | None = None
    reference: str | os.PathLike[str] | None = None
    regressor: str = "ridge"
    l1_ratio: float = 0.5
    standardize: bool = False
    alphas: Sequence[float] = ()

    def __post_init__(self):
        if self.regressor not in REGRESSORS:
            raise ValueError(
                f"`regressor` must be one of {', '.join(REGRESSORS)}. "
                f"Received: regressor={self.regressor!r}"
            )
        for field in ("models", "encoders", "methods", "scores"):
            _check_sequence(field, getattr(self, field))
        if self.reference is not None and not self.models:
            raise ValueError(
                "`reference` is used with `models`. "
                f"Received: reference={os.fspath(self.reference)!r}, models=()"
            )

    @property
    def empty(self) -> bool:
        """Whether there is no predictor."""
        return not (self.models or self.encoders or self.methods or self.scores)


@dataclasses.dataclass(frozen=True)
class PristineRequest:
    """Pristine images, whose distorted versions are measured.

    Attributes:
        folder: Folder of the images; subfolders are searched too.
        limit: Use only the first `limit` images; all if `None`.

    Raises:
        ValueError: If `limit` is below 1.
    """

    folder: str | os.PathLike[str]
    limit: int | None = None

    def __post_init__(self):
        if self.limit is not None:
            _check_at_least("limit", self.limit, 1)


@dataclasses.dataclass(frozen=True)
class ProtocolOptions:
    """Options of the protocols.

    Attributes:
        split: Images of a database to use: one of `SPLITS`.
        split_seed: Seed of the division into splits; results are reported for 0 to 9.
        divisions: `"official"` for the official parts of databases that have any, or
            `"random"` to divide all by content.
        repeats: Number of repeated divisions, with the seeds from 0.
        official_seeds: Number of trainings on official parts, with the seeds from 0;
            they differ in the seed of the training, not in the division.
        labels: Numbers of labels, for `label_efficiency`; 25, 50, 100, ... if empty.
        levels: Number of levels of the defender, for `gmad`.
        seed: Seed of the bootstrap and of noise.
        resamples: Number of bootstrap resamples.
        logistic: Number of parameters of each logistic fit, from `LOGISTICS`.

    Raises:
        ValueError: If a value is not allowed.
    """

    split: str = "test"
    split_seed: int = 0
    divisions: str = "official"
    repeats: int = 10
    official_seeds: int = 1
    labels: Sequence[int] = ()
    levels: int = 6
    seed: int = 0
    resamples: int = RESAMPLES
    logistic: Sequence[int] = (4,)

    def __post_init__(self):
        if self.split not in SPLITS:
            raise ValueError(
                f"`split` must be one of {', '.join(SPLITS)}. Received: {self.split!r}"
            )
        if self.divisions not in DIVISIONS:
            raise ValueError(
                f"`divisions` must be one of {', '.join(DIVISIONS)}. "
                f"Received: {self.divisions!r}"
            )
        for field in ("repeats", "official_seeds", "levels", "resamples"):
            _check_at_least(field, getattr(self, field), 1)
        for field in ("split_seed", "seed"):
            _check_at_least(field, getattr(self, field), 0)
        if not all(isinstance(count, int) for count in self.labels):
            raise ValueError(
                f"`labels` must be integers. Received: {list(self.labels)}"
            )
        if not self.logistic or not set(self.logistic) <= set(LOGISTICS):
            raise ValueError(
                f"`logistic` must be some of {LOGISTICS}. "
                f"Received: {list(self.logistic)}"
            )

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of repeated divisions."""
        return tuple(range(self.repeats))

    @property
    def logistics(self) -> tuple[int, ...]:
        """The numbers of parameters of the logistic fits, each once."""
        return tuple(dict.fromkeys(self.logistic))


@dataclasses.dataclass(frozen=True)
class EvaluationRequest:
    """Predictors, each measured on each dataset by each protocol.

    Attributes:
        predictors: Predictors of quality. The protocol `ablation` needs none.
        datasets: Names of prepared datasets, or opened databases.
        protocols: Names from `PROTOCOLS`. If empty, `split`, or `waterloo` without
            datasets.
        data_dir: Folder of prepared datasets; the default of TensorFlow Datasets if
            `None`.
        image_sizes: Sizes to which images are resized: `DATASET=SIZE`, or `SIZE` for
            all other datasets; see `data.image_size`.
        options: Options of the protocols.
        pristine: Pristine images, for `waterloo` and `gmad`.
        cache: Folder where scores, features and trained methods are stored and reused;
            `None` for no cache.

    Raises:
        ValueError: If there is nothing to measure or to measure on, or a name is
            unknown or used twice.
    """

    predictors: PredictorsRequest = dataclasses.field(default_factory=PredictorsRequest)
    datasets: Sequence[str | Database] = ()
    protocols: Sequence[str] = ()
    data_dir: str | os.PathLike[str] | None = None
    image_sizes: Sequence[str] = ()
    options: ProtocolOptions = dataclasses.field(default_factory=ProtocolOptions)
    pristine: PristineRequest | None = None
    cache: str | os.PathLike[str] | None = None

    def __post_init__(self):
        for field in ("datasets", "protocols", "image_sizes"):
            _check_sequence(field, getattr(self, field))
        unknown = sorted(set(self.protocols) - set(PROTOCOLS))
        if unknown:
            raise ValueError(
                f"`protocols` must be among {', '.join(PROTOCOLS)}. "
                f"Received: {', '.join(unknown)}"
            )
        if self.predictors.empty and "ablation" not in self.protocols:
            raise ValueError(
                "One or more of `models`, `encoders`, `methods` and `scores` are "
                "expected. Received: none"
            )
        if not self.datasets and self.pristine is None:
            raise ValueError("`datasets` or `pristine` is expected. Received: none")
        names = [
            dataset if isinstance(dataset, str) else dataset.name
            for dataset in self.datasets
        ]
        if len(set(names)) < len(names):
            raise ValueError(f"`datasets` must have different names. Received: {names}")
        for text in self.image_sizes:
            if "=" in text and text.partition("=")[0] not in names:
                raise ValueError(
                    f"`image_sizes` must name one of {', '.join(names)}. "
                    f"Received: {text!r}"
                )
        if self.image_sizes and self.predictors.reference is not None:
            raise ValueError(
                "Either `image_sizes` or `reference` is expected, since references "
                f"keep their size. Received: image_sizes={list(self.image_sizes)}"
            )

    def image_size(self, dataset: str) -> str | None:
        """Returns the size of the images of a dataset; `None` for the published one."""
        sizes = {}
        for text in self.image_sizes:
            name, _, size = text.rpartition("=")
            sizes[name] = size
        return sizes.get(dataset, sizes.get(""))


def _check_sequence(field: str, value: Any) -> None:
    if isinstance(value, str):
        raise ValueError(f"`{field}` must be a sequence of names. Received: {value!r}")


def _check_at_least(field: str, value: int, least: int) -> None:
    if value < least:
        raise ValueError(f"`{field}` must be at least {least}. Received: {value}")
