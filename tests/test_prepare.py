"""The command, in this process."""

import csv

import numpy as np
import pytest
from absl import app
from absl import flags
from PIL import Image

from tfiqa import command as commands
from tfiqa import prepare


@pytest.fixture
def command():
    """Yields a function from arguments to the exit status of the command."""
    before = set(flags.FLAGS)
    prepare.define_flags()

    def run(*arguments):
        flags.FLAGS.unparse_flags()
        flags.FLAGS["overwrite"].unparse()
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
    assert (
        f"\nPrepared: {folder}\n4 pictures {{'train': 4}}\n" in capsys.readouterr().out
    )
    assert command(*place, "--manual_dir", one) == 0
    assert capsys.readouterr().out.startswith(f"Already prepared: {folder}\n4 pictures")
    assert command(*place, "--manual_dir", other) == 1
    error = capsys.readouterr().err
    assert error.startswith("Error: ")
    assert str(one) in error
    assert str(other) in error
    assert command(*place, "--manual_dir", other, "--overwrite") == 0
    assert "5 pictures" in capsys.readouterr().out


def test_tells_a_missing_folder_without_a_traceback(command, tmp_path, capsys):
    arguments = ("biq2021", "--data_dir", tmp_path)
    assert command(*arguments) == 1
    assert "Train (Images and MOS).csv" in capsys.readouterr().err
    assert command(*arguments, "--manual_dir", tmp_path / "nowhere") == 1
    assert capsys.readouterr().err.startswith("Error: A folder with files")


def test_tells_an_unknown_name(command, tmp_path, capsys):
    assert command("biq", "--data_dir", tmp_path) == 1
    assert "'mos_folder', 'synthetic_iqa'" in capsys.readouterr().err


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
