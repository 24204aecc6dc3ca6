"""Methods on databases by protocols, from one line of flags to tables and files."""

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfiqa import run_folder
from tfiqa.data.score_table import read_scores
from tfiqa.evaluation import material
from tfiqa.evaluation import single
from tfiqa.evaluation import tables
from tfiqa.evaluation.databases import open_database
from tfiqa.evaluation.findings import Findings
from tfiqa.evaluation.findings import as_csv
from tfiqa.evaluation.findings import as_json
from tfiqa.evaluation.stores import digest
from tfiqa.evaluation.subjects import RidgeSubject
from tfiqa.evaluation.subjects import ScorerSubject
from tfiqa.evaluation.subjects import Subject
from tfiqa.evaluation.subjects import TableSubject
from tfiqa.evaluation.subjects import TrainedSubject
from tfiqa.evaluation.subjects import plain
from tfiqa.methods import METHODS
from tfiqa.methods.hyperiqa import ABLATION
from tfiqa.report import page
from tfiqa.scorer import metadata

# Each takes subjects, one database, options and findings.
ON_ONE: dict[str, Callable[..., None]] = {
    "split": tables.split,
    "unsupervised": tables.unsupervised,
    "repeats": tables.repeats,
    "per_distortion": tables.per_distortion,
    "label_efficiency": tables.label_efficiency_of,
}
PROTOCOLS = (*ON_ONE, "cross_database", "waterloo", "gmad", "ablation")
NEEDS_DATASET = (*ON_ONE, "cross_database", "ablation")


def main(given: Any) -> int:
    """Measures, prints and writes what the flags ask for; returns the exit status."""
    protocols = given.protocol or ["split" if given.dataset else "waterloo"]
    _check(given, protocols)
    cache = given.cache or (given.output and Path(given.output) / "cache")
    cache = None if cache is None else Path(cache)
    subjects = subjects_of(given, cache)
    databases = [
        open_database(name, data_dir=given.data_dir, split_seed=given.split_seed)
        for name in given.dataset
    ]
    options = tables.Options(
        part=given.split,
        split_seed=given.split_seed,
        seeds=tuple(range(given.repeats)),
        labels=tuple(map(int, given.labels)),
        seed=given.seed,
        resamples=single.RESAMPLES,
    )
    pool = None
    if given.pristine is not None:
        pool = material.opened(
            Path(given.pristine), cache=cache, limit=given.pictures, seed=given.seed
        )
    found, shows = Findings(), {}
    for protocol in dict.fromkeys(protocols):
        if protocol in ON_ONE:
            for database in databases:
                ON_ONE[protocol](subjects, database, options, found)
        elif protocol == "cross_database":
            tables.cross_database(subjects, databases, options, found)
        elif protocol == "waterloo" and pool is not None:
            material.waterloo(subjects, pool, found)
        elif protocol == "gmad":
            shows |= _gmad(subjects, databases, pool, options, found, given.levels)
        else:
            _ablation(databases, options, found, given, cache)
    print("\n".join(found.lines()))
    record = record_of(given, protocols, subjects, databases, options)
    if given.output is not None:
        write(found, Path(given.output), record)
        print(f"Written to {given.output}")
    if given.report is not None:
        drawn = page.Drawn(
            subjects, databases, options, shows, given.looks, given.scenes
        )
        print(f"Written to {page.write(found, drawn, Path(given.report), record)}")
    return 0


def subjects_of(given: Any, cache: Path | None) -> list[Subject]:
    """Returns what is to be measured, in the order of the flags."""
    subjects: list[Subject] = []
    for text in given.model:
        name, path = named(text)
        scorer = ScorerSubject(name, path, cache)
        scorer.path(0).stat()  # What is missing is told now, not after hours.
        subjects.append(scorer)
    for text in given.encoder:
        name, path = named(text)
        Path(path).stat()
        name = name if "=" in text else f"ridge on {name}"
        subjects.append(RidgeSubject(name, path, cache))
    for text in given.method:
        name, _, method = text.rpartition("=")
        subjects.append(trained(name or method, method, (), given, cache))
    for text in given.scores:
        name, path = named(text)
        options = {"column": given.scores_column, "id_column": given.scores_id}
        subjects.append(TableSubject(name, read_scores(Path(path), **options)))
    names = [subject.name for subject in subjects]
    if len(set(names)) < len(names):
        raise ValueError(
            f"Different names, NAME=FILE, are expected. Received: {', '.join(names)}"
        )
    return subjects


def trained(
    name: str, method: str, more: tuple[str, ...], given: Any, cache: Path | None
) -> TrainedSubject:
    """Returns a method to be trained.

    Raises:
        ValueError: If it does not exist, or there is no folder for its runs.
    """
    if method not in METHODS:
        raise ValueError(f"One of {sorted(METHODS)} is expected. Received: {method!r}")
    if cache is None:
        raise ValueError("--output or --cache is expected, for what is trained.")
    arguments = (*more, *shlex.split(given.train_flags))
    return TrainedSubject(name, method, arguments, cache, given.data_dir)


def named(text: str) -> tuple[str, str]:
    """Returns the name and the file of `[NAME=]FILE`.

    Without a name it is that of the file, or of its folder where the file is called as
    all scorers are.
    """
    name, _, path = text.partition("=")
    if path and not os.path.exists(text) and os.sep not in name:
        return name, path
    path = Path(text)
    generic = path.stem in ("scorer", "encoder") and path.parent.name
    return (path.parent.name if generic else path.stem), text


def record_of(given, protocols, subjects, databases, options) -> dict[str, Any]:
    """Returns what was measured, for `results.json`."""
    return {
        "command": sys.argv,
        "protocols": list(protocols),
        "part": options.part,
        "split_seed": options.split_seed,
        "seeds": list(options.seeds),
        "seed": options.seed,
        "resamples": options.resamples,
        "pristine": given.pristine,
        "datasets": {
            one.name: {
                "fingerprint": one.fingerprint,
                "pictures": one.source.count,
                "official_division": one.official,
                "unit": one.source.unit,
            }
            for one in databases
        },
        "methods": {subject.name: _described(subject) for subject in subjects},
    }


def write(found: Findings, folder: Path, record: dict[str, Any]) -> None:
    """Writes results.json, results.csv and the predictions of each method."""
    folder.mkdir(parents=True, exist_ok=True)
    run_folder.write_json(folder / "results.json", as_json(found, record))
    run_folder.write_whole(folder / "results.csv", as_csv(found.rows).encode())
    for (dataset, name), one in found.compared.items():
        path = folder / f"predictions-{plain(dataset)}-{plain(name)}.csv"
        run_folder.write_whole(path, single.table(one.result).encode())


def _check(given: Any, protocols: list[str]) -> None:
    for protocol in protocols:
        if protocol in NEEDS_DATASET and not given.dataset:
            raise ValueError(f"--dataset is expected for {protocol}. Received: none")
    if "waterloo" in protocols and not given.pristine:
        raise ValueError("--pristine FOLDER is expected for waterloo. Received: none")
    if given.reference is not None:
        raise ValueError(
            "--reference is taken with one --model and one --dataset alone. "
            f"Received: {given.reference!r} and more"
        )


def _gmad(subjects, databases, pool, options, found, levels) -> dict:
    if pool is not None:
        return material.gmad_on_material(subjects, pool, found, levels=levels)
    shows = {}
    for database in databases:
        shows |= material.gmad_on_database(
            subjects, database, options, found, levels=levels
        )
    return shows


def _ablation(databases, options, found, given, cache) -> None:
    variants = [
        trained(
            name,
            "hyperiqa",
            tuple(f"--set={field}={value}" for field, value in overrides.items()),
            given,
            cache,
        )
        for name, overrides in ABLATION.items()
    ]
    for database in databases:
        tables.repeats(variants, database, options, found, protocol="ablation")


def _described(subject: Subject) -> dict[str, Any]:
    facts = {"kind": type(subject).__name__, "trains": subject.trains}
    if isinstance(subject, ScorerSubject):
        path = subject.path(0)
        facts |= {"file": subject.pattern}
        if path.is_file():
            known = metadata(subject.scorer())
            facts |= {"sha256": digest(path), "method": known.get("method")}
    elif isinstance(subject, RidgeSubject):
        facts |= {"file": subject.path, "sha256": digest(subject.path)}
        facts |= {"alphas": list(subject.alphas)}
    elif isinstance(subject, TrainedSubject):
        facts |= {"method": subject.method, "flags": list(subject.arguments)}
    elif isinstance(subject, TableSubject):
        facts |= {"file": str(subject.table.path)}
    return facts
