"""What the flags of `tfiqa.evaluate` ask for, checked before anything is measured."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfiqa.evaluation import distorted_pool
from tfiqa.evaluation import tables
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.databases import open_database
from tfiqa.evaluation.distorted_pool import Material
from tfiqa.evaluation.predictors import Subject
from tfiqa.evaluation.resolve import subjects_of
from tfiqa.metrics.logistic import PARAMETERS

# Protocols that divide again for each of the seeds from 0.
DIVIDING = ("repeats", "ablation")


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is to be measured.

    Attributes:
        given: The flags.
        protocols: Each one once.
        subjects: That are measured.
        databases: That they are measured on.
        options: Of the protocols.
        cache: Where is kept what is found on the way, if anywhere.
        pool: Of pristine pictures, if there is one.
    """

    given: Any
    protocols: tuple[str, ...]
    subjects: Sequence[Subject]
    databases: Sequence[Database]
    options: tables.Options
    cache: Path | None
    pool: Material | None


def asked(given: Any, needs_dataset: Sequence[str]) -> Asked:
    """Returns what is to be measured.

    Args:
        given: The flags.
        needs_dataset: Protocols that are measured on datasets.

    Raises:
        OSError: If a file or a folder is missing.
        ValueError: If flags contradict each other, or one has a value it cannot have.
    """
    protocols = given.protocol or ["split" if given.dataset else "waterloo"]
    protocols = tuple(dict.fromkeys(protocols))
    _check(given, protocols, needs_dataset)
    options = _options(given)
    cache = given.cache or (given.output and Path(given.output) / "cache")
    cache = None if cache is None else Path(cache)
    databases = [
        open_database(name, data_dir=given.data_dir, split_seed=given.split_seed)
        for name in given.dataset
    ]
    # Where nothing but repeats is asked for, no other division is looked at.
    first = (given.split_seed,) if set(protocols) - set(DIVIDING) else ()
    again = options.seeds if set(protocols) & set(DIVIDING) else ()
    subjects = subjects_of(given, cache, databases, (*first, *again))
    pool = None
    if given.pristine is not None:
        pool = distorted_pool.opened(
            Path(given.pristine), cache=cache, limit=given.pictures, seed=given.seed
        )
    return Asked(given, protocols, subjects, databases, options, cache, pool)


def _options(given: Any) -> tables.Options:
    logistics = _numbers("--logistic", given.logistic)
    if not logistics or not set(logistics) <= set(PARAMETERS):
        raise ValueError(
            f"--logistic of {PARAMETERS}, or both, is expected. "
            f"Received: {given.logistic}"
        )
    return tables.Options(
        part=given.split,
        split_seed=given.split_seed,
        seeds=tuple(range(given.repeats)),
        labels=_numbers("--labels", given.labels),
        seed=given.seed,
        resamples=given.resamples,
        logistics=tuple(dict.fromkeys(logistics)),
    )


def _numbers(flag: str, texts: Sequence[str]) -> tuple[int, ...]:
    if not all(text.strip().isdecimal() for text in texts):
        raise ValueError(
            f"{flag} of whole numbers with commas between is expected. "
            f"Received: {','.join(texts)!r}"
        )
    return tuple(map(int, texts))


def _check(given: Any, protocols: Sequence[str], needs_dataset: Sequence[str]) -> None:
    for protocol in protocols:
        if protocol in needs_dataset and not given.dataset:
            raise ValueError(f"--dataset is expected for {protocol}. Received: none")
    if len(set(given.dataset)) < len(given.dataset):
        raise ValueError(
            f"--dataset of different names is expected. Received: {given.dataset}"
        )
    if "waterloo" in protocols and not given.pristine:
        raise ValueError("--pristine FOLDER is expected for waterloo. Received: none")
    if given.reference is not None and not given.model:
        raise ValueError(
            "--reference is taken with --model. "
            f"Received: --reference={given.reference} alone"
        )
