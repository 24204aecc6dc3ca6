"""Methods on databases by protocols, from one line of flags to tables and files."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfiqa.evaluation import competitions
from tfiqa.evaluation import tables
from tfiqa.evaluation import trained_tables
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.inference import plain
from tfiqa.evaluation.predictors import Subject
from tfiqa.evaluation.predictors import TableSubject
from tfiqa.evaluation.request import Asked
from tfiqa.evaluation.request import asked
from tfiqa.evaluation.resolve import described
from tfiqa.evaluation.resolve import trained
from tfiqa.evaluation.results import Findings
from tfiqa.evaluation.writing import as_csv
from tfiqa.evaluation.writing import as_json
from tfiqa.evaluation.writing import predictions
from tfiqa.files import atomic
from tfiqa.methods import METHODS
from tfiqa.report import drawings
from tfiqa.report import page
from tfiqa.report.page import Shows

# Each takes subjects, one database, options and findings.
ON_ONE: dict[str, Callable[..., None]] = {
    "split": tables.split,
    "unsupervised": tables.unsupervised,
    "repeats": trained_tables.repeats,
    "per_distortion": tables.per_distortion,
    "label_efficiency": trained_tables.label_efficiency_of,
}
NEEDS_DATASET = (*ON_ONE, "cross_database", "ablation")
PROTOCOLS = (*ON_ONE, "cross_database", "waterloo", "gmad", "ablation")


def main(given: Any) -> int:
    """Measures, prints and writes what the flags ask for; returns the exit status.

    What cannot be measured is told beside what can, and makes the status 1.
    """
    wanted = asked(given, NEEDS_DATASET)
    found, shows = Findings(), {}
    for protocol in wanted.protocols:
        with found.attempt(protocol):
            shows |= _measured(protocol, wanted, found)
    print("\n".join(found.lines()))
    record = record_of(wanted)
    if given.output is not None:
        write(found, wanted.databases, Path(given.output), record)
        print(f"Written to {given.output}")
    if given.report is not None:
        drawn = page.Drawn(
            *(wanted.subjects, wanted.databases, wanted.options, shows),
            *(given.looks, given.scenes),
        )
        print(f"Written to {page.write(found, drawn, Path(given.report), record)}")
    return 1 if found.errors else 0


def _measured(protocol: str, wanted: Asked, found: Findings) -> Shows:
    """Adds what a protocol finds; returns how to see the pictures of competitions."""
    subjects, options = wanted.subjects, wanted.options
    if protocol in ON_ONE:
        for database in wanted.databases:
            there = _with_pictures_of(database, wanted, found)
            with found.attempt(protocol, database.name):
                ON_ONE[protocol](there, database, options, found)
    elif protocol == "cross_database":
        trained_tables.cross_database(subjects, wanted.databases, options, found)
    elif protocol == "waterloo" and wanted.pool is not None:
        competitions.waterloo(subjects, wanted.pool, found)
    elif protocol == "gmad":
        return _gmad(wanted, found)
    else:
        _ablation(wanted, found)
    return {}


def _with_pictures_of(
    database: Database, wanted: Asked, found: Findings
) -> list[Subject]:
    """Returns all subjects but tables that have no picture of one of the databases."""
    if len(wanted.databases) == 1:
        return list(wanted.subjects)
    there = []
    for subject in wanted.subjects:
        if isinstance(subject, TableSubject) and not subject.has(database):
            found.hint(f"{subject.name} has no picture of {database.name}: left out.")
        else:
            there.append(subject)
    return there


def record_of(wanted: Asked) -> dict[str, Any]:
    """Returns what was measured, for `results.json`."""
    options = wanted.options
    return {
        "command": sys.argv,
        "protocols": list(wanted.protocols),
        "part": options.part,
        "split_seed": options.split_seed,
        "seeds": list(options.seeds),
        "seed": options.seed,
        "resamples": options.resamples,
        "logistics": list(options.logistics),
        "pristine": wanted.given.pristine,
        "reference": wanted.given.reference,
        "datasets": {
            one.name: {
                "fingerprint": one.fingerprint,
                "pictures": one.source.count,
                "official_division": one.official,
                "unit": one.source.unit,
            }
            for one in wanted.databases
        },
        "methods": {subject.name: described(subject) for subject in wanted.subjects},
    }


def write(found: Findings, databases, folder: Path, record: dict[str, Any]) -> None:
    """Writes results.json, results.csv, and predictions of each method, drawn too."""
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write_json(folder / "results.json", as_json(found, record))
    atomic.write_bytes(folder / "results.csv", as_csv(found.rows).encode())
    units = {one.name: one.source.unit for one in databases}
    for (dataset, name), one in found.compared.items():
        of = f"{plain(dataset)}-{plain(name)}"
        told = predictions(one.result).encode()
        atomic.write_bytes(folder / f"predictions-{of}.csv", told)
        drawn = drawings.of_agreement(name, one, units[dataset])
        atomic.write_bytes(folder / f"scatter-{of}.png", drawn)


def _gmad(wanted: Asked, found: Findings) -> Shows:
    levels = wanted.given.levels
    if wanted.pool is not None:
        return competitions.gmad_on_material(
            wanted.subjects, wanted.pool, found, levels=levels
        )
    shows = {}
    for database in wanted.databases:
        there = _with_pictures_of(database, wanted, found)
        shows |= competitions.gmad_on_database(
            there, database, wanted.options, found, levels=levels
        )
    return shows


def _ablation(wanted: Asked, found: Findings) -> None:
    variants = [
        trained(
            name,
            "hyperiqa",
            tuple(f"--set={field}={value}" for field, value in overrides.items()),
            wanted.given,
            wanted.cache,
        )
        for name, overrides in METHODS["hyperiqa"].ablation.items()
    ]
    for database in wanted.databases:
        trained_tables.repeats(
            variants, database, wanted.options, found, protocol="ablation"
        )
