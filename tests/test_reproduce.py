"""Tests of the command `tfiqa.reproduce`."""

import json

import pytest

from tests.support import forked
from tfiqa import reproduce
from tfiqa.reproduction import plans
from tfiqa.reproduction.setting import SCALES
from tfiqa.reproduction.targets import TARGETS


def test_scales_are_those_of_the_setting():
    assert reproduce.SCALES == SCALES


def test_the_list_names_everything_and_what_is_missing(tmp_path):
    folders = [f"--{one}={tmp_path}/{one}" for one in ("manual_dir", "data_dir")]
    done = forked.run("-m", "tfiqa.reproduce", "--list", *folders, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for key, target in TARGETS.items():
        assert f"{key} ({target.kind}): {target.title}" in done.stdout
        assert target.document in done.stdout
    assert "data missing: hyperiqa/D_01.jpg" in done.stdout
    assert "2 of 2 data missing: clive, live" in done.stdout
    one = forked.run("-m", "tfiqa.reproduce", "--list", "hyperiqa/table-5", *folders)
    assert "ablation" not in done.stdout
    assert "Res50+MS, live : SROCC 0.954" in one.stdout
    assert "hyperiqa/table-5 hyperiqa clive: data missing: clive" in one.stdout
    assert not list(tmp_path.iterdir())


def test_an_unknown_table_is_wrong_usage():
    done = forked.run("-m", "tfiqa.reproduce", "--list", "table-9")
    assert done.returncode == 2
    assert "hyperiqa/table-1" in done.stderr
    assert "'table-9'" in done.stderr


def test_tables_without_their_files_are_listed_and_the_status_says_so(tmp_path):
    done = forked.run(
        *("-m", "tfiqa.reproduce", "poster/table", "--data_dir=d"), cwd=tmp_path
    )
    assert done.returncode == 1
    assert "poster/table brisque koniq10k: data missing: koniq10k" in done.stderr
    page = (tmp_path / "runs" / "reproduce" / "index.html").read_text()
    assert "data missing: koniq10k" in page


@pytest.mark.slow
def test_every_plan_succeeds_on_stand_ins(tmp_path):
    arguments = ("-m", "tfiqa.reproduce", "--scale=tiny", f"--output={tmp_path}")
    done = forked.run(*arguments, timeout=7200)
    tried = json.loads((tmp_path / "tried.json").read_text())
    # The released model of the demo cannot be generated.
    plan_names = {job.plan for job in plans.all_jobs()} - {"hyperiqa/demo"}
    assert set(tried) == plan_names, done.stderr
    assert done.returncode == 3
