"""Killed at any moment of the work and started again, a run has the same rows."""

import os
import random
import shutil
import subprocess
import sys

import pytest

from tests.beam import kills
from tfiqa.beam.outputs import read_published

pytest.importorskip("apache_beam", reason="Beam is not installed: tfiqa[beam]")

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("TFIQA_KILLS", "20"))
FLAGS = ("--model=niqe", "--shard_size=3")


def rows(output):
    columns = ("path", "score", "status", "reason", "model")
    read = read_published(str(output))
    return sorted(tuple(map(str, map(row.get, columns))) for row in read)


@pytest.fixture(scope="module")
def many(photos, tmp_path_factory):
    """The photographs, ten times."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(10):
        shutil.copytree(photos, folder / str(number))
    return folder


@pytest.fixture(scope="module")
def uninterrupted(many, tmp_path_factory):
    """The output of a run that was left alone."""
    output = tmp_path_factory.mktemp("whole") / "out"
    assert kills.run(many, output, *FLAGS) == 3
    return output


def test_rows_after_kills_are_those_of_an_uninterrupted_run(
    many, uninterrupted, tmp_path
):
    expected, shards = rows(uninterrupted), kills.count(uninterrupted)
    assert len(expected) == 130
    draw, midway = random.Random(0), 0
    for number in range(KILLS):
        output = tmp_path / str(number)
        share = (number + draw.random()) / KILLS
        done = kills.killed(many, output, *FLAGS, share=share, shards=shards)
        midway += 0 < done < shards
        assert kills.run(many, output, *FLAGS) == 3
        assert rows(output) == expected
        left = {path.name for path in (output / "data").iterdir()}
        assert len(left) == kills.count(output) == shards
    assert midway >= KILLS // 2


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("mount"),
    reason="a small disk is mounted as root",
)
def test_a_full_disk_leaves_nothing_that_looks_complete(many, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is not allowed")
    try:
        arguments = [str(many), f"--output={disk}/out", *FLAGS]
        done = subprocess.run(
            [sys.executable, "-m", "tfiqa.beam.score", *arguments],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 74, done.stderr
        assert "No space left on device" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
        assert not (disk / "out" / "_SUCCESS").exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
