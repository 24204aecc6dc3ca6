"""Methods on databases by protocols, from one line of flags to tables and files."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfiqa import run_folder
from tfiqa.evaluation import competitions
from tfiqa.evaluation import material
from tfiqa.evaluation import single
from tfiqa.evaluation import tables
from tfiqa.evaluation import trained_tables
from tfiqa.evaluation.databases import open_database
from tfiqa.evaluation.files import as_csv
from tfiqa.evaluation.files import as_json
from tfiqa.evaluation.findings import Findings
from tfiqa.evaluation.looking import plain
from tfiqa.evaluation.named import described
from tfiqa.evaluation.named import subjects_of
from tfiqa.evaluation.named import trained
from tfiqa.methods.hyperiqa import ABLATION
from tfiqa.report import page

# Each takes subjects, one database, options and findings.
ON_ONE: dict[str, Callable[..., None]] = {
    "split": tables.split,
    "unsupervised": tables.unsupervised,
    "repeats": trained_tables.repeats,
    "per_distortion": tables.per_distortion,
    "label_efficiency": trained_tables.label_efficiency_of,
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
            trained_tables.cross_database(subjects, databases, options, found)
        elif protocol == "waterloo" and pool is not None:
            competitions.waterloo(subjects, pool, found)
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
        "methods": {subject.name: described(subject) for subject in subjects},
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
        return competitions.gmad_on_material(subjects, pool, found, levels=levels)
    shows = {}
    for database in databases:
        shows |= competitions.gmad_on_database(
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
        trained_tables.repeats(variants, database, options, found, protocol="ablation")
