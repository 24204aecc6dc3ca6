"""Every table and figure is a row, and every row can be made."""

import pytest

from tfiqa.methods import METHODS
from tfiqa.report import published
from tfiqa.reproduction import databases
from tfiqa.reproduction import plans
from tfiqa.reproduction import tiny
from tfiqa.reproduction.figures import FIGURES
from tfiqa.reproduction.predictors import MADE
from tfiqa.reproduction.predictors import PREDICTORS
from tfiqa.reproduction.predictors import Conversion
from tfiqa.reproduction.predictors import Learned
from tfiqa.reproduction.targets import FACTS
from tfiqa.reproduction.targets import FIGURE
from tfiqa.reproduction.targets import TABLE
from tfiqa.reproduction.targets import TARGETS

# How many numbers the talks, posters and slides print.
COUNTS = {
    "talk/synthetic": 9 * 4,
    "talk/realistic": 9 * 4 - 2,
    "poster/table": 7 * 2,
    "reiqa/table-1": 4 * 2,
    "reiqa/table-2": 4 * 2,
    "reiqa/cross-database": 4 * 4,
    "contentsep/table": 5 * 8,
    "hyperiqa/table-1": 9 * 5 + 6 * 5,
    "hyperiqa/table-2": 8 * 11,
    "hyperiqa/table-3": 8 * 3,
    "hyperiqa/table-4": 10 * 3,
    "hyperiqa/table-5": 4 * 4,
}


def test_tables_have_all_numbers_that_their_papers_print():
    tables = {key: row for key, row in TARGETS.items() if row.kind == TABLE}
    assert {key: len(row.numbers()) for key, row in tables.items()} == COUNTS
    shown = [number for row in tables.values() for number in row.numbers()]
    # Two numbers of table 5 also stand beside repeated divisions of table 1.
    rest = set(published.numbers()) - set(shown)
    assert {(one.protocol, one.table) for one in rest} == {("repeats", "table 5")}
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("key", TARGETS)
def test_the_row(key):
    row = TARGETS[key]
    assert row.key == key
    assert "; " in row.document  # The document, and the place in it.
    assert not row.title.endswith(".")
    assert bool(row.groups) == (row.kind == TABLE)
    assert (key in FIGURES) == (row.kind == FIGURE)
    assert bool(databases.rows(row)) == (row.kind == FACTS)


def test_every_number_of_a_table_has_a_job():
    for row in TARGETS.values():
        jobs = plans.jobs(row)
        for number in row.numbers():
            fitting = [
                job
                for job in jobs
                if job.method in (number.method, *plans.WHOLE.values())
                and (number.dataset in (*job.databases, "waterloo"))
            ]
            assert fitting, number


def test_predictors_name_methods_recipes_and_fields():
    trainings = [
        row.training for row in PREDICTORS.values() if isinstance(row, Learned)
    ]
    for row in [*MADE.values(), *trainings]:
        method = METHODS[row.method]
        if isinstance(row, Conversion):
            assert method.convert is not None
            continue
        for recipe in (row.recipe, *row.recipes.values()):
            fields = {**row.fields, **dict.fromkeys(row.weights, "x.npz")}
            assert method.configured(recipe, fields)
        assert set(row.encoders) <= set(MADE)


@pytest.mark.parametrize("method", sorted(tiny.FIELDS))
def test_tiny_fields_exist(method):
    row = METHODS[method]
    assert row.configured("paper", tiny.fields(method, plans.Setting(scale="tiny")))


def test_facts_of_databases_are_those_of_the_builders_but_for_the_noted():
    for row in TARGETS.values():
        for _, fact, paper, ours, note in databases.rows(row):
            assert paper == ours or note or fact == "year", (fact, paper, ours)
