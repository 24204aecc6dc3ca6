"""The command, in this process."""

import csv
import sys

import numpy as np
import pytest
from absl import app
from absl import flags
from PIL import Image

from tfiqa import prepare
from tfiqa.cli import command as commands


@pytest.fixture
def command():
    """Yields a function from arguments to the exit status of the command."""
    before = set(flags.FLAGS)
    prepare.define_flags()

    def run(*arguments):
        flags.FLAGS.unparse_flags()
        for name in ("overwrite", "check", "name", "manual_dir", "data_dir"):
            flags.FLAGS[name].unparse()
        return prepare.main(commands.parsed(["prepare", *map(str, arguments)]))

    yield run
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


def photos(folder, count):
    (folder / "images").mkdir(parents=True)
    rows = [["image", "mos"], *([f"{k}.png", k] for k in range(count))]
    for name, number in rows[1:]:
        pixels = np.full((4, 4, 3), 9 * number, np.uint8)
        Image.fromarray(pixels).save(folder / "images" / name)
    with (folder / "mos.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def test_prepares_once_and_refuses_another_source(command, tmp_path, capsys):
    data_dir = tmp_path / "prepared"
    one, other = photos(tmp_path / "one", 4), photos(tmp_path / "other", 5)
    place = ("mos_folder", "--data_dir", data_dir)
    folder = data_dir / "mos_folder" / "1.0.0"

    assert command(*place, "--manual_dir", one) == 0
    assert f"\nPrepared: {folder}\n4 images {{'train': 4}}\n" in capsys.readouterr().out
    assert command(*place, "--manual_dir", one) == 0
    assert capsys.readouterr().out.startswith(f"Already prepared: {folder}\n4 images")
    assert command(*place, "--manual_dir", other) == 1
    error = capsys.readouterr().err
    assert error.startswith("Error: ")
    assert str(one) in error
    assert str(other) in error
    assert command(*place, "--manual_dir", other, "--overwrite") == 0
    assert "5 images" in capsys.readouterr().out


def test_tells_a_missing_folder_without_a_traceback(command, tmp_path, capsys):
    arguments = ("biq2021", "--data_dir", tmp_path)
    assert command(*arguments) == 1
    assert "Train (Images and MOS).csv" in capsys.readouterr().err
    assert command(*arguments, "--manual_dir", tmp_path / "nowhere") == 1
    assert capsys.readouterr().err.startswith("Error: A folder with files")


def test_tells_an_unknown_name(command, tmp_path, capsys):
    assert command("biq", "--data_dir", tmp_path) == 1
    assert "'mos_folder', 'pipal'" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("biq2021", "clive")])
def test_one_name_is_expected(command, arguments):
    with pytest.raises(app.UsageError, match="One NAME of") as caught:
        command(*arguments)
    assert caught.value.exitcode == 2


def test_a_misspelt_flag_is_wrong_usage(command, capsys):
    with pytest.raises(SystemExit) as caught:
        command("biq2021", "--manaul_dir=x")
    assert caught.value.code == 2
    assert "manaul_dir" in capsys.readouterr().err


def test_names_folders_of_ones_own(command, tmp_path, capsys):
    data_dir = tmp_path / "prepared"
    for name, count in (("first", 4), ("second", 5)):
        folder = photos(tmp_path / name, count)
        arguments = ("--name", name, "--manual_dir", folder, "--data_dir", data_dir)
        assert command("mos_folder", *arguments) == 0
        place = data_dir / "mos_folder" / name / "1.0.0"
        assert f"Prepared: {place}\n{count} images" in capsys.readouterr().out
    assert command("biq2021", "--name", "mine", "--manual_dir", folder) == 1
    assert "configurations [] of biq2021" in capsys.readouterr().err


def test_checks_without_building(command, tmp_path, capsys):
    data_dir = tmp_path / "prepared"
    folder = photos(tmp_path / "photos", 4)
    arguments = ("mos_folder", "--manual_dir", folder, "--data_dir", data_dir)
    assert command("--check", *arguments) == 0
    assert f"Nothing is wrong with {folder}" in capsys.readouterr().out
    (folder / "images" / "2.png").unlink()
    assert command("--check", *arguments) == 1
    assert "1 rows without an image ('2.png')" in capsys.readouterr().out
    assert not data_dir.exists()
    assert command("--check", "mos_folder") == 1
    assert "--manual_dir is expected" in capsys.readouterr().err


def test_a_missing_package_is_told(command, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlrd", None)
    (tmp_path / "DatabaseGrades.xls").touch()
    arguments = ("bid", "--manual_dir", tmp_path, "--data_dir", tmp_path / "prepared")
    for flags_ in ((), ("--check",)):
        assert command(*flags_, *arguments) == 1
        assert "pip install 'tfiqa[datasets]'" in capsys.readouterr().err
