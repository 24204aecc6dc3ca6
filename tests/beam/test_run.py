"""Pipelines in one process, and what a command says and leaves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.fresh import ROOT
from tfiqa.beam import storage
from tfiqa.beam.errors import ModelError
from tfiqa.beam.outputs import read_published
from tfiqa.beam.request import BeamRequest
from tfiqa.beam.settings import FeatureSettings
from tfiqa.beam.settings import ScorerSettings
from tfiqa.data.beam_options import BeamOptions

beam = pytest.importorskip("apache_beam", reason="Beam is not installed: tfiqa[beam]")

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]

NIQE = ScorerSettings("niqe")


def run(inputs, output, **fields):
    from tfiqa.beam.run import run

    fields = {"settings": NIQE, "shard_size": 4} | fields
    return run(BeamRequest(tuple(map(str, inputs)), str(output), **fields))


def by_name(rows):
    return {
        Path(row["path"]).name: (
            *(row["score"], row["status"], row["reason"], row["width"]),
        )
        for row in rows
    }


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl", "tfrecord"])
def test_rows_are_those_of_score(form, photos, scores, tmp_path):
    result = run([photos], tmp_path, form=form)
    assert result.faults == []
    assert by_name(read_published(str(tmp_path))) == scores
    assert result.report.statuses == {"ok": 12, "undecodable": 1}


def test_a_second_start_processes_nothing(photos, scores, tmp_path):
    first = run([photos], tmp_path)
    files = storage.sizes_in(str(tmp_path / "data"))
    second = run([photos], tmp_path, keep="score < 0 and status == 'ok'")
    assert second.done_before == first.report.shards
    assert storage.sizes_in(str(tmp_path / "data")) == files
    assert second.kept == 12
    assert len((tmp_path / "kept.txt").read_text().split()) == 12


def test_new_images_are_added(photos, tmp_path):
    few = sorted(photos.iterdir())[:5]
    run(few, tmp_path)
    result = run([photos], tmp_path)
    assert result.faults == []
    assert len(list(read_published(str(tmp_path)))) == 13


def test_a_repeated_bundle_leaves_no_second_row(photos, scores, tmp_path, monkeypatch):
    from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

    monkeypatch.setattr(
        BeamOptions, "pipeline_runner", lambda self: FnApiRunner(bundle_repeat=2)
    )
    result = run([photos], tmp_path)
    assert result.leftovers >= 2 * 2 * result.report.shards - 2
    rows = list(read_published(str(tmp_path)))
    assert len(rows) == 13
    assert by_name(rows) == scores


def test_the_transform_is_for_other_pipelines(photos, scores):
    from apache_beam.testing.util import assert_that
    from apache_beam.testing.util import equal_to

    from tfiqa.beam import ScoreImages

    pairs = [(path.name, path.read_bytes()) for path in sorted(photos.iterdir())]
    expected = [(name, row[0], row[1]) for name, row in scores.items()]
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        rows = pipeline | beam.Create(pairs) | ScoreImages("niqe")
        found = rows | beam.Map(lambda row: (row["path"], row["score"], row["status"]))
        assert_that(found, equal_to(expected))


def test_features_are_those_of_the_command(photos, tmp_path):
    from tests.support.toy_scorer import toy_scorer
    from tfiqa.scoring.encoder import load_encoder
    from tfiqa.scoring.features import extract_features
    from tfiqa.scoring.serialization import save_model

    model = save_model(toy_scorer(), tmp_path / "scorer.keras")
    paths = sorted(map(str, photos.iterdir()))
    expected = extract_features(load_encoder(model), paths)
    settings = FeatureSettings(str(model))
    for form in ("parquet", "tfrecord", "jsonl"):
        run([photos], tmp_path / form, settings=settings, form=form)
        rows = {row["path"]: row for row in read_published(str(tmp_path / form))}
        for path, features in zip(expected.paths, expected.values, strict=True):
            found = np.asarray(rows[path]["features"], np.float32)
            np.testing.assert_array_equal(found, features)
        assert rows[paths[-1]]["features"] is None


def test_every_kind_of_scorer(photos, tmp_path):
    import tfiqa
    from tests.support.toy_scorer import toy_scorer
    from tfiqa.export import conversion
    from tfiqa.export import saved_model_file
    from tfiqa.scoring.serialization import save_model

    scorer = toy_scorer()
    model = save_model(scorer, tmp_path / "scorer.keras")
    facts = {"method": "toy", "min_side": 4}
    saved_model_file.write(scorer, tmp_path / "saved", facts)
    (tmp_path / "scorer.tflite").write_bytes(conversion.converted(scorer))
    expected = {row.path: row.score for row in tfiqa.score_files(photos, model)}
    for name in ("scorer.keras", "saved"):
        output = tmp_path / f"of_{name}"
        run([photos], output, settings=ScorerSettings(str(tmp_path / name)))
        found = {row["path"]: row["score"] for row in read_published(str(output))}
        if name == "scorer.keras":
            assert found == expected
        for path, score in expected.items():
            assert found[path] == (score and pytest.approx(score, abs=2e-4))


def test_records_are_those_of_their_files(photos, scores, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet
    import tensorflow as tf

    names = sorted(os.listdir(photos))
    images = [(photos / name).read_bytes() for name in names]
    table = {"image": [{"bytes": one, "path": None} for one in images], "name": names}
    pa.parquet.write_table(pa.table(table), tmp_path / "a.parquet")
    with tf.io.TFRecordWriter(str(tmp_path / "a.tfrecord")) as writer:
        for name, image in zip(names, images, strict=True):
            values = {"image/encoded": image, "name": name.encode()}
            features = {
                key: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                for key, value in values.items()
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())
    for name in ("a.parquet", "a.tfrecord"):
        output = tmp_path / f"of_{name}"
        run([tmp_path / name], output, key_column="name")
        assert by_name(read_published(str(output))) == scores


def test_our_tfrecords_are_those_of_tensorflow(photos, tmp_path):
    import tensorflow as tf

    run([photos], tmp_path, form="tfrecord")
    files = list(map(str, (tmp_path / "data").iterdir()))
    found = {}
    for record in tf.data.TFRecordDataset(files).as_numpy_iterator():
        features = tf.train.Example.FromString(record).features.feature
        path = features["path"].bytes_list.value[0].decode()
        found[path] = list(features["score"].float_list.value)
    for row in read_published(str(tmp_path)):
        expected = [] if row["score"] is None else [np.float32(row["score"])]
        assert found[row["path"]] == expected


def test_a_dataset_is_read_shard_by_shard(tmp_path):
    from tfiqa.data.prepared import prepare_dataset

    prepare_dataset("synthetic_iqa/scenes_4", data_dir=tmp_path)
    result = run(
        ["tfds:synthetic_iqa/scenes_4:train"], tmp_path / "out", data_dir=str(tmp_path)
    )
    rows = list(read_published(str(tmp_path / "out")))
    assert result.faults == []
    assert len({row["path"] for row in rows}) == len(rows) > 10


def test_damaged_files_of_records_are_reported_and_tried_again(photos, tmp_path):
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1 and nothing else")
    result = run([bad, photos], tmp_path / "out")
    assert result.report.images == 13
    assert list(result.report.unreadable) == [str(bad)]
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    again = run([bad, photos], tmp_path / "out")
    assert again.done_before == again.report.shards - 1


def test_a_model_that_does_not_load_fails_with_one_line(photos, tmp_path):
    model = tmp_path / "broken.keras"
    model.write_bytes(b"no model")
    with pytest.raises(ModelError) as caught:
        run([photos], tmp_path / "out", settings=ScorerSettings(str(model)))
    assert "broken.keras" in caught.value.reason
    assert "\n" not in caught.value.reason
    assert not (tmp_path / "out" / "_SUCCESS").exists()


def test_an_unknown_scheme_and_missing_credentials_are_one_line(photos, tmp_path):
    from apache_beam.io.filesystem import BeamIOError
    from apache_beam.io.localfilesystem import LocalFileSystem

    from tfiqa.beam.run import InputError

    class Locked(LocalFileSystem):
        @classmethod
        def scheme(cls):
            return "locked"

        def exists(self, path):
            raise BeamIOError("exists() failed", {path: ValueError("no credentials")})

    for path, said in (("foo://a/b", "foo://"), ("locked://a/b", "no credentials")):
        with pytest.raises(InputError, match=said) as caught:
            run([path], tmp_path / "out")
        assert "\n" not in str(caught.value)
        with pytest.raises(InputError, match=said):
            run([photos], path)
    (tmp_path / "list.txt").write_text("locked://a/1.png\n")
    with pytest.raises(InputError, match="no credentials"):
        run([tmp_path / "list.txt"], tmp_path / "out")


def test_an_option_that_beam_does_not_know_is_refused(photos, tmp_path):
    from tfiqa.beam.run import InputError

    for options in (
        BeamOptions(others=("--frobnicate=1",)),
        BeamOptions(runner="NoSuchRunner"),
        BeamOptions(runner="DataflowRunner"),
    ):
        with pytest.raises(InputError):
            run([photos], tmp_path / "out", options=options)
    assert not (tmp_path / "out").exists()


def test_litert_workers_need_no_tensorflow(photos, tmp_path):
    script = (
        "import sys\n"
        "from tfiqa.beam.request import BeamRequest\n"
        "from tfiqa.beam.run import run\n"
        "from tfiqa.beam.settings import ScorerSettings\n"
        f"run(BeamRequest(({str(photos)!r},), {str(tmp_path)!r}, ScorerSettings()))\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "report.json").read_text())["statuses"]["ok"] == 12


def test_two_processes_write_the_same_rows(photos, scores, tmp_path):
    run([photos], tmp_path, options=BeamOptions(workers=2), shard_size=2)
    assert by_name(read_published(str(tmp_path))) == scores
