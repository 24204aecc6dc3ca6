"""Shards, published without Beam by a model that counts bytes."""

import errno
import functools
import json

import pytest

from tfiqa.beam import plan
from tfiqa.beam import storage
from tfiqa.beam.errors import ModelError
from tfiqa.beam.errors import WriteError
from tfiqa.beam.errors import found_in
from tfiqa.beam.inputs import Inputs
from tfiqa.beam.keeping import Keeper
from tfiqa.beam.manifests import faults
from tfiqa.beam.models import LoadedModel
from tfiqa.beam.models import columns_of
from tfiqa.beam.outputs import Output
from tfiqa.beam.outputs import read_published
from tfiqa.beam.publishing import Publisher
from tfiqa.beam.records import Columns
from tfiqa.beam.row_files import read_rows
from tfiqa.beam.settings import ScorerSettings
from tfiqa.beam.settings import fingerprint
from tfiqa.beam.settings import output_settings
from tfiqa.beam.work import IMAGES
from tfiqa.beam.work import PARQUET
from tfiqa.beam.work import Work
from tfiqa.decisions.tokens import ExpressionError
from tfiqa.files.listing import Skipped

SETTINGS = ScorerSettings("niqe")
COLUMNS = columns_of(SETTINGS)


def rows(records):
    for key, read in records:
        row = dict.fromkeys(COLUMNS, None) | {"path": key, "reason": "", "notes": ""}
        try:
            score = float(len(read()))
            yield {**row, "score": score, "status": "ok", "width": 4, "model": "m"}
        except OSError as error:
            yield {**row, "status": "missing", "reason": str(error), "model": "m"}


MODEL = LoadedModel(rows)


def publisher(folder, form="jsonl"):
    return Publisher(str(folder), form, COLUMNS, Columns())


@pytest.fixture
def works(tmp_path):
    """Shards of nine files and of one that does not exist."""
    (tmp_path / "photos").mkdir()
    for number in range(9):
        name = "line\nbreak" if number == 4 else f"={number}"
        (tmp_path / "photos" / f"{name}.jpg").write_bytes(b"x" * (number + 1))
    names = (str(tmp_path / "photos"), str(tmp_path / "absent.jpg"))
    inputs = Inputs(names, shard_size=3)
    return list(inputs.works("s", Skipped()))


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_every_image_is_read_back_once(form, works, tmp_path):
    output = Output(str(tmp_path / "out"))
    output.bind({"format": form})
    for work in works:
        publisher(output.folder, form).publish(work, MODEL)
    counting = output.published()
    manifests = {name: manifest for name, (_, manifest) in counting.items()}
    assert faults({work.name: work.expected for work in works}, manifests, {}) == []
    output.succeed([name for name, _ in counting.values()], {})
    found = {row["path"]: row for row in read_published(output.folder)}
    assert sorted(found) == sorted(key for work in works for key in work.keys)
    assert [row["score"] for row in found.values()].count(None) == 1
    assert sum(row["score"] or 0 for row in found.values()) == 45
    assert all(row["model"] == "m" for row in found.values())


def test_a_repeated_bundle_leaves_no_second_row(works, tmp_path):
    output = Output(str(tmp_path / "out"))
    output.bind({"format": "jsonl"})
    for work in [*works, works[0], works[0]]:
        publisher(output.folder).publish(work, MODEL)
    assert len(storage.sizes_in(output.path("data"))) == len(works) + 2
    assert len(list(read_published(output.folder, partial=True))) == 10
    assert output.remove_leftovers(output.published().values()) == 4
    assert len(storage.sizes_in(output.path("data"))) == len(works)
    assert len(list(read_published(output.folder, partial=True))) == 10


def test_a_folder_without_success_is_not_read(works, tmp_path):
    output = Output(str(tmp_path / "out"))
    with pytest.raises(FileNotFoundError, match=r"settings\.json"):
        list(read_published(output.folder))
    output.bind({"format": "jsonl"})
    publisher(output.folder).publish(works[0], MODEL)
    with pytest.raises(FileNotFoundError, match="_SUCCESS"):
        list(read_published(output.folder))


def test_a_shard_that_cannot_be_read_is_published_with_the_reason(tmp_path):
    work = Work("s", PARQUET, str(tmp_path / "absent.parquet"))
    output = Output(str(tmp_path / "out"))
    publisher(output.folder).publish(work, MODEL)
    _, manifest = output.published()[work.name]
    assert manifest.reason
    assert (manifest.rows, manifest.file) == (0, "")
    assert storage.sizes_in(output.path("data")) == {}


def test_a_full_disk_publishes_nothing(works, tmp_path, monkeypatch):
    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage.HashedFile, "write", full)
    output = Output(str(tmp_path / "out"))
    with pytest.raises(WriteError, match="No space left on device"):
        publisher(output.folder).publish(works[0], MODEL)
    assert output.published() == {}
    assert storage.sizes_in(output.path("data")) == {}


def test_an_interrupted_shard_leaves_nothing(works, tmp_path):
    def interrupted(records):
        yield next(rows(records))
        raise KeyboardInterrupt

    output = Output(str(tmp_path / "out"))
    with pytest.raises(KeyboardInterrupt):
        publisher(output.folder).publish(works[0], LoadedModel(interrupted))
    assert storage.sizes_in(output.path("data")) == {}
    assert output.published() == {}


def test_an_output_folder_is_bound_to_its_settings(tmp_path):
    output = Output(str(tmp_path))
    settings = output_settings(SETTINGS, "digest", "numpy", "csv")
    output.bind(settings)
    output.bind(settings)
    other = output_settings(SETTINGS, "another", "numpy", "csv")
    with pytest.raises(ValueError, match="another model"):
        output.bind(other)
    assert fingerprint(settings) != fingerprint(other)


def test_the_model_and_its_use_are_settings_and_isolation_is_not():
    def of(digest="d", **fields):
        return fingerprint(
            output_settings(ScorerSettings("m", **fields), digest, "keras", "csv")
        )

    assert of() == of(isolate=True)
    assert len({of(), of("e"), of(icc="ignore"), of(coverage="full")}) == 4


def test_the_images_that_pass_are_listed(works, tmp_path):
    output = Output(str(tmp_path / "out"))
    for work in works:
        publisher(output.folder).publish(work, MODEL)
    manifests = [manifest for _, manifest in output.published().values()]
    assert Keeper("score > 6", SETTINGS).write(output, manifests, "jsonl") == 3
    lines = storage.read_bytes(output.path("kept.txt")).decode().splitlines()
    assert sorted(line[-6:] for line in lines) == ["=6.jpg", "=7.jpg", "=8.jpg"]
    # A path with a line break turns the list into one of paths that end in NUL.
    assert Keeper("score >= 5", SETTINGS).write(output, manifests, "jsonl") == 5
    listed = Inputs((output.path("kept.txt"),)).works("s", Skipped())
    keys = [key for work in listed for key in work.keys]
    assert len(keys) == 5
    assert any("\n" in key for key in keys)
    with pytest.raises(ExpressionError, match="did you mean score"):
        Keeper("scor > 3", SETTINGS)


def test_workers_read_their_shard_from_the_plan(works, tmp_path):
    path = str(tmp_path / "plan" / "p.jsonl")
    assert plan.write(path, works) == len(works)
    assert [place.work() for place in plan.places(path)] == works


def test_patterns_lists_and_folders_are_the_same_images(tmp_path):
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(b"x")
    paths = sorted(str(path) for path in tmp_path.glob("*.png"))
    (tmp_path / "list.txt").write_text("\n".join([*paths, *paths[:2]]))

    def keys(*names):
        works = Inputs(names).works("s", Skipped())
        return [key for work in works for key in work.keys]

    everything = paths
    assert keys(str(tmp_path)) == everything
    assert keys(f"{tmp_path}/*.png") == everything
    assert keys(str(tmp_path / "list.txt")) == everything
    assert keys(str(tmp_path), f"{tmp_path}/*.png") == everything
    with pytest.raises(ValueError, match="matches files"):
        keys(f"{tmp_path}/*.gif")
    with pytest.raises(storage.StorageError, match="list of paths"):
        keys(str(tmp_path / "absent.txt"))


def test_a_changed_file_of_records_is_other_work(tmp_path):
    path = tmp_path / "a.parquet"

    def name():
        (work,) = Inputs((str(path),)).works("s", Skipped())
        assert work.kind == PARQUET
        return work.name

    path.write_bytes(b"one")
    before = name()
    assert name() == before
    path.write_bytes(b"another")
    assert name() != before


def test_errors_of_workers_are_found_in_longer_texts():
    inner = ModelError("m.keras: broken")
    outer = RuntimeError(f"Traceback\n{inner} [while running 'Publish']\n more")
    assert found_in(outer).reason == "m.keras: broken"
    again = ModelError(f"{inner} [while running 'Publish']")
    assert found_in(again).reason == "m.keras: broken"
    assert isinstance(found_in(WriteError("disk")), WriteError)
    assert found_in(RuntimeError("else")) is None


def test_rows_of_csv_are_read_back_as_they_were(works, tmp_path):
    output = Output(str(tmp_path / "out"))
    publisher(output.folder, "csv").publish(works[0], MODEL)
    ((_, manifest),) = output.published().values()
    read = list(read_rows(output.path("data", manifest.file), "csv"))
    assert [row["path"] for row in read] == list(works[0].keys)
    images = zip(works[0].keys, map(_reader, works[0].keys), strict=True)
    assert read == list(rows(images))


def _reader(path):
    return functools.partial(storage.read_image, path)


def test_a_missing_image_is_a_row():
    work = Work("s", IMAGES, keys=("absent.jpg",))
    (row,) = rows([("absent.jpg", _reader("absent.jpg"))])
    assert work.expected == 1
    assert row["status"] == "missing"
    assert json.dumps(row)
