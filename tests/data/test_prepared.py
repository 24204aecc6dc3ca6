"""Preparing: complete or not at all, and never from another source unnoticed."""

import concurrent.futures
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tfiqa.data import builders
from tfiqa.data import fingerprint
from tfiqa.data import prepared
from tfiqa.data.load import load
from tfiqa.files.lock import locked


@pytest.fixture
def source(tmp_path, write_mos_folder, scored_rows):
    return write_mos_folder(tmp_path / "photos", scored_rows(4))


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "prepared"


def names_in(data_dir):
    return sorted(path.name for path in data_dir.iterdir()) if data_dir.exists() else []


def test_builds_and_leaves_a_fingerprint(source, data_dir):
    builder = prepared.prepare_dataset(
        "mos_folder", data_dir=data_dir, manual_dir=source
    )
    assert builder.info.splits["train"].num_examples == 12
    folder = data_dir / "mos_folder" / "1.0.0"
    assert fingerprint.read(folder) == fingerprint.of_folder("mos_folder/1.0.0", source)
    assert names_in(data_dir) == ["mos_folder"]
    assert prepared.is_prepared("mos_folder", data_dir=data_dir)


def test_keeps_what_is_there(source, data_dir, monkeypatch):
    prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)
    monkeypatch.setattr(prepared, "_build", None)
    for manual_dir in (source, None):
        builder = prepared.prepare_dataset(
            "mos_folder", data_dir=data_dir, manual_dir=manual_dir
        )
        assert builder.info.splits["train"].num_examples == 12


def test_refuses_another_source(
    source, data_dir, tmp_path, write_mos_folder, scored_rows
):
    prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)
    other = write_mos_folder(tmp_path / "others", scored_rows(5))
    with pytest.raises(ValueError, match=r"mos\.csv differs") as caught:
        prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=other)
    old, new = (
        fingerprint.of_folder("mos_folder/1.0.0", folder).sha256[:12]
        for folder in (source, other)
    )
    for part in (str(source), str(other), old, new, "--data_dir", "--overwrite"):
        assert part in str(caught.value)
    builder = prepared.opened("mos_folder", data_dir=data_dir)
    assert builder.info.splits["train"].num_examples == 12


def test_overwrites_on_request(
    source, data_dir, tmp_path, write_mos_folder, scored_rows
):
    prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)
    other = write_mos_folder(tmp_path / "others", scored_rows(5))
    builder = prepared.prepare_dataset(
        "mos_folder", data_dir=data_dir, manual_dir=other, overwrite=True
    )
    assert builder.info.splits["train"].num_examples == 15
    assert names_in(data_dir) == ["mos_folder"]


def test_a_failed_overwrite_keeps_the_old_one(source, data_dir):
    prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)
    (source / "images" / "00_0.png").unlink()
    with pytest.raises(ValueError, match="without an image"):
        prepared.prepare_dataset(
            "mos_folder", data_dir=data_dir, manual_dir=source, overwrite=True
        )
    builder = prepared.opened("mos_folder", data_dir=data_dir)
    assert builder.info.splits["train"].num_examples == 12


def test_refuses_pictures_that_cannot_be_decoded(source, data_dir):
    for name in ("01_2.png", "00_1.png"):
        path = source / "images" / name
        path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ValueError, match=r"2 that cannot, such as 00_1\.png \(An imag"):
        prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)
    assert names_in(data_dir) == []


def test_refuses_equal_scores(tmp_path, data_dir, write_mos_folder):
    rows = [{"image": f"{k}.png", "mos": "3"} for k in range(4)]
    source = write_mos_folder(tmp_path / "photos", rows)
    with pytest.raises(ValueError, match="mos=3 for all 4 images"):
        prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)
    assert names_in(data_dir) == []


def test_a_killed_build_leaves_nothing_that_loads(source, data_dir):
    script = (
        "import os, sys\n"
        "from tfiqa.data import prepared\n"
        "prepared.check_images = lambda builder: os.kill(os.getpid(), 9)\n"
        "place = {'data_dir': sys.argv[1], 'manual_dir': sys.argv[2]}\n"
        "prepared.prepare_dataset('mos_folder', **place)\n"
    )
    run = [sys.executable, "-c", script, str(data_dir), str(source)]
    assert subprocess.run(run, capture_output=True, check=False).returncode == -9
    left = names_in(data_dir)  # What was being built, and the lock of nobody.
    assert sorted(Path(name).suffix for name in left) == [".incomplete", ".lock"]
    with pytest.raises(FileNotFoundError):
        prepared.opened("mos_folder", data_dir=data_dir)
    prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)
    assert names_in(data_dir) == ["mos_folder"]


def test_does_not_touch_what_another_process_builds(source, data_dir):
    host, process = os.uname().nodename, os.getppid()
    other = data_dir / f".mos_folder.{host}.{process}.abc.incomplete"
    other.mkdir(parents=True)
    prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)
    assert names_in(data_dir) == [other.name, "mos_folder"]


def test_two_processes_do_not_prepare_one_dataset(source, data_dir):
    data_dir.mkdir(exist_ok=True)
    with (
        locked(data_dir / "mos_folder-two"),
        pytest.raises(ValueError, match="no other process is writing"),
    ):
        prepared.prepare_dataset("mos_folder/two", manual_dir=source, data_dir=data_dir)


def test_who_waits_opens_what_another_process_built(source, data_dir, monkeypatch):
    build, built = prepared._build, []

    def counted(*arguments):
        built.append(arguments)
        build(*arguments)

    monkeypatch.setattr(prepared, "_build", counted)
    together = threading.Barrier(2)

    def prepare(_):
        together.wait()
        return prepared.prepare_dataset(
            "mos_folder", manual_dir=source, data_dir=data_dir, wait=True
        )

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        first, second = pool.map(prepare, range(2))
    assert len(built) == 1
    assert first.data_dir == second.data_dir


def test_does_not_trust_what_tfds_prepared_by_itself(source, data_dir):
    (data_dir / "mos_folder" / "1.0.0").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"without source\.json"):
        prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)


def test_reads_a_source_around_the_prepared_data(source):
    inside = source / "prepared"
    for _ in range(2):
        prepared.prepare_dataset("mos_folder", data_dir=inside, manual_dir=source)


def test_unknown_names_are_told_what_exists(data_dir):
    with pytest.raises(ValueError, match=r"'biq2021'.*'mos_folder'.*name='biq'"):
        prepared.prepare_dataset("biq", data_dir=data_dir)
    with pytest.raises(ValueError, match=r"'mos_folder'.*TFDS.*name='biq'"):
        prepared.opened("biq", data_dir=data_dir)
    with pytest.raises(ValueError, match=r"configurations \[\] of biq2021"):
        prepared.prepare_dataset("biq2021/small", data_dir=data_dir)


def test_a_missing_source_is_explained(data_dir, tmp_path):
    with pytest.raises(ValueError, match=r"(?s)--manual_dir is expected.*1024x768"):
        prepared.prepare_dataset("koniq10k", data_dir=data_dir)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        prepared.prepare_dataset(
            "koniq10k", data_dir=data_dir, manual_dir=tmp_path / "nowhere"
        )
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"with files is .*empty"):
        prepared.prepare_dataset(
            "koniq10k", data_dir=data_dir, manual_dir=tmp_path / "empty"
        )


def test_generated_datasets_take_no_source(data_dir, tmp_path):
    with pytest.raises(ValueError, match="reads no files"):
        prepared.prepare_dataset(
            "synthetic_iqa", data_dir=data_dir, manual_dir=tmp_path
        )


def test_what_is_not_prepared_names_the_command(data_dir):
    with pytest.raises(FileNotFoundError) as caught:
        prepared.opened("clive", data_dir=data_dir)
    command = f"python -m tfiqa.prepare clive --manual_dir DIR --data_dir {data_dir}"
    assert str(caught.value).endswith(command)


def test_the_command_of_generated_datasets_has_no_source():
    assert builders.command("synthetic_iqa") == "python -m tfiqa.prepare synthetic_iqa"


def test_folders_of_ones_own_have_names(
    source, data_dir, tmp_path, write_mos_folder, scored_rows
):
    other = write_mos_folder(tmp_path / "others", scored_rows(5))
    for name, folder in {"holidays": source, "work-2": other}.items():
        prepared.prepare_dataset(
            f"mos_folder/{name}", data_dir=data_dir, manual_dir=folder
        )
    counts = {
        name: prepared.opened(name, data_dir=data_dir).info.splits["train"].num_examples
        for name in ("mos_folder/holidays", "mos_folder/work-2")
    }
    assert counts == {"mos_folder/holidays": 12, "mos_folder/work-2": 15}
    assert names_in(data_dir / "mos_folder") == ["holidays", "work-2"]
    assert load("mos_folder/work-2", data_dir=data_dir).train.name.endswith("work-2")
    with pytest.raises(FileNotFoundError) as caught:
        prepared.opened("mos_folder/home", data_dir=data_dir)
    assert "mos_folder --name home --manual_dir DIR" in str(caught.value)


@pytest.mark.parametrize("name", ["1.0.0", ".hidden", "a/b", "a b", "../x"])
def test_names_that_mislead_are_refused(data_dir, name):
    with pytest.raises(ValueError, match="A name of letters"):
        builders.builder_of(f"mos_folder/{name}", data_dir=data_dir)


def test_every_folder_of_ones_own_takes_a_name(data_dir):
    for dataset in builders.NAMED:
        builder = builders.builder_of(f"{dataset}/mine", data_dir=data_dir)
        assert builder.info.full_name == f"{dataset}/mine/1.0.0"
